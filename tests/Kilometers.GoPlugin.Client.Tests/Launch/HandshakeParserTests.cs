using System.Text;
using CsCheck;
using Kilometers.GoPlugin.Client.Launch;
using Kilometers.GoPlugin.Client.Transport;

namespace Kilometers.GoPlugin.Client.Tests.Launch;

public sealed class HandshakeParserTests
{
    private static readonly int[] Versions = [1, 2];

    [Theory]
    [InlineData("1|2|unix|/tmp/plugin1|grpc|")]
    [InlineData("1|2|unix|/tmp/plugin1|grpc")]
    [InlineData("  1|2|unix|/tmp/plugin1|grpc||false\r")]
    [InlineData("1|2|tcp|127.0.0.1:10000|grpc|")]
    [InlineData("1|2|tcp|[::1]:10000|grpc|")]
    public void Parse_AcceptableLine_ReturnsIt(string line)
    {
        var handshake = HandshakeParser.Parse(Encoding.UTF8.GetBytes(line), Versions, wantsCertificate: false, null, out _);
        Assert.Equal(2, handshake?.ProtocolVersion);
        Assert.Null(handshake?.Certificate);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Parse_Certificate_IsReadWithAndWithoutPadding(bool padded)
    {
        using var identity = HostIdentity.Create(TimeProvider.System);
        var text = Convert.ToBase64String(identity.Certificate.RawData);
        var line = $"1|1|unix|/tmp/plugin1|grpc|{(padded ? text : text.TrimEnd('='))}";
        Assert.Equal(
            identity.Certificate.RawData,
            HandshakeParser.Parse(Encoding.UTF8.GetBytes(line), Versions, wantsCertificate: true, null, out _)?.Certificate
        );
    }

    [Fact]
    public void Parse_CertificateWithTrailingBytes_IsInvalid()
    {
        using var identity = HostIdentity.Create(TimeProvider.System);
        var line = $"1|1|unix|/tmp/plugin1|grpc|{Convert.ToBase64String([.. identity.Certificate.RawData, 0])}";
        Assert.Null(HandshakeParser.Parse(Encoding.UTF8.GetBytes(line), Versions, wantsCertificate: true, null, out var problem));
        Assert.Equal(GoPluginFailure.InvalidCertificate, problem.Failure);
    }

    [Fact]
    public void Parse_AnyBytes_ReturnsAHandshakeOrAProblem() => Gen.Byte.Array[0, 300].Sample(bytes => HasOneResult(bytes));

    [Fact]
    public void Parse_AnyFields_ReturnsAHandshakeOrAProblem()
    {
        var field = Gen.OneOf(
            Gen.OneOf<string>("1", "2", "99999999999", "-1", "unix", "tcp", "/a", "127.0.0.1:1", "grpc", "", "AAAA", "\0", "\ud800"),
            Gen.String[0, 8]
        );
        field.Array[0, 9].Sample(fields => HasOneResult(Encoding.UTF8.GetBytes(string.Join('|', fields))));
    }

    private static bool HasOneResult(byte[] bytes) =>
        Enumerable
            .Range(0, 2)
            .All(i =>
            {
                var handshake = HandshakeParser.Parse(bytes, Versions, wantsCertificate: i == 1, null, out var problem);
                return handshake is null
                    ? problem is { Failure: not GoPluginFailure.Unknown, Why.Length: > 0, Hint.Length: > 0 }
                    : problem == default;
            });
}
