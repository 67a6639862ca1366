using Kilometers.Definitions;
using Kilometers.Plugins.Guard.Secrets;

namespace Kilometers.Plugins.Guard.Tests.Secrets;

public sealed class SecretSearchTests : IDisposable
{
    private const string Token = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    private readonly TemporaryFolder _folder = new();
    private readonly SecretSearch _search;

    public SecretSearchTests() => _search = new(new SecretHash(_folder.Path));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Token, "GRD_SEC_001")]
    [InlineData("token=" + Token, "GRD_SEC_001")]
    [InlineData("AKIAIOSFODNN7EXAMPLE", "GRD_SEC_001")]
    [InlineData("postgres://app:Sommer2026xyz@db.example/main", "GRD_SEC_001")]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----", "GRD_SEC_001")]
    [InlineData("card 4111 1111 1111 1111", "GRD_PII_001")]
    [InlineData("to DE89 3704 0044 0532 0130 00, please", "GRD_PII_001")]
    [InlineData("GB29NWBK60161331926819", "GRD_PII_001")]
    public void Find_Secret_IsReportedMasked(string text, string code)
    {
        var finding = Assert.Single(Find(text));
        Assert.Equal(code, finding.Code);
        var everything = finding.ToString();
        foreach (var part in (string[])["0123456789abc", "IOSFODNN7", "Sommer2026", "MIIEow", "1111 1111", "0044 0532", "601613319"])
            Assert.DoesNotContain(part, everything, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("card 4111 1111 1111 1112")]
    [InlineData("to DE88 3704 0044 0532 0130 00, please")]
    [InlineData("GB29NWBK6016133192681")]
    [InlineData("password: hunter2")]
    [InlineData("timestamp 1764435600000, id 4111-1111")]
    [InlineData("ES6 modules and DE10 boards")]
    public void Find_NoSecretOfAKnownForm_IsNot(string text) => Assert.Empty(Find(text));

    [Fact]
    public void Find_SameSecretAgain_HasTheSameHashOnThisMachineOnly()
    {
        using var elsewhere = new TemporaryFolder();
        var hash = Find(Token).Single().Hash;
        Assert.Equal(hash, Find("again: " + Token).Single().Hash);
        Assert.Equal(hash, new SecretSearch(new SecretHash(_folder.Path)).Find(Token, "x", toServer: true).Single().Hash);
        Assert.NotEqual(hash, new SecretSearch(new SecretHash(elsewhere.Path)).Find(Token, "x", toServer: true).Single().Hash);
    }

    [Fact]
    public void Find_DamagedKey_IsMadeAgain()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "key"), "short");
        Assert.Single(Find(Token));
        Assert.Equal(32, new FileInfo(Path.Combine(_folder.Path, "key")).Length);
    }

    [Fact]
    public void Find_KeyThatCannotBeMade_IsStillReported()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "key"));
        Assert.Single(Find(Token));
    }

    [Fact]
    public void Find_FromTheServer_MattersLess() =>
        Assert.True(
            _search.Find(Token, "x", toServer: false).Single().Severity < _search.Find(Token, "x", toServer: true).Single().Severity
        );

    private IEnumerable<Finding> Find(string text) => _search.Find(text, "tools/call 'send'", toServer: true);
}
