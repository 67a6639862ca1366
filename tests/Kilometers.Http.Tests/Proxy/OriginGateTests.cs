using Kilometers.Http.Proxy;

namespace Kilometers.Http.Tests.Proxy;

public sealed class OriginGateTests
{
    [Theory]
    [InlineData("127.0.0.1:8123", null)]
    [InlineData("localhost:8123", null)]
    [InlineData("LOCALHOST:8123", "http://localhost:6274")]
    [InlineData("[::1]:8123", "http://127.0.0.1")]
    [InlineData("127.0.0.1:8123", "https://[::1]:1")]
    public void Refuse_ThisMachine_Passes(string host, string? origin) =>
        Assert.Null(OriginGate.Refuse(host, origin is null ? [] : [origin], 8123));

    [Theory]
    [InlineData("evil.example:8123", null)]
    [InlineData("127.0.0.1:8124", null)]
    [InlineData("127.0.0.1", null)]
    [InlineData("", null)]
    [InlineData("127.0.0.1.evil.example:8123", null)]
    [InlineData("localhost.:8123", null)]
    [InlineData("127.0.0.1:8123", "http://evil.example")]
    [InlineData("127.0.0.1:8123", "http://localhost.evil.example")]
    [InlineData("127.0.0.1:8123", "null")]
    [InlineData("127.0.0.1:8123", "")]
    [InlineData("127.0.0.1:8123", "file:///home/user/page.html")]
    [InlineData("127.0.0.1:8123", "chrome-extension://localhost")]
    public void Refuse_AnythingElse_SaysWhy(string host, string? origin) =>
        Assert.NotNull(OriginGate.Refuse(host, origin is null ? [] : [origin], 8123));

    [Fact]
    public void Refuse_OneForeignOriginOfTwo_SaysWhy() =>
        Assert.NotNull(OriginGate.Refuse("localhost:1", ["http://localhost", "http://evil.example"], 1));
}
