using CsCheck;
using Kilometers.PluginHost.Egress;

namespace Kilometers.PluginHost.Tests.Egress;

public sealed class NetworkGrantTests
{
    private static readonly NetworkGrant Grant = NetworkGrant.Of(
        ["api.example.com:443", "10.0.0.5:8080", "db.internal:5432", "xn--bcher-kva.example:443", "kilometers-api"],
        "https://km.corp.example:8443/base/",
        ["DB.internal.:5432", "other.internal:1"]
    );

    [Theory]
    [InlineData("api.example.com:443", Reach.Public)]
    [InlineData("API.Example.COM:443", Reach.Public)]
    [InlineData("api.example.com.:443", Reach.Public)]
    [InlineData("api.example.com..:443", null)]
    [InlineData("10.0.0.5:8080", Reach.Public)]
    [InlineData("10.5:8080", Reach.Public)]
    [InlineData("0xa.0.0.5:8080", Reach.Public)]
    [InlineData("b\u00fccher.example:443", Reach.Public)]
    [InlineData("B\u00dcCHER.example.:443", Reach.Public)]
    [InlineData("xn--bcher-kva.example:443", Reach.Public)]
    [InlineData("bucher.example:443", Reach.None)]
    [InlineData("db.internal:5432", Reach.Anywhere)]
    [InlineData("km.corp.example:8443", Reach.Anywhere)]
    [InlineData("api.example.com:444", Reach.None)]
    [InlineData("api.example.com:80", Reach.None)]
    [InlineData("xapi.example.com:443", Reach.None)]
    [InlineData("x.api.example.com:443", Reach.None)]
    [InlineData("example.com:443", Reach.None)]
    [InlineData("km.corp.example:443", Reach.None)]
    [InlineData("kilometers-api:443", Reach.None)]
    [InlineData("other.internal:1", Reach.None)]
    [InlineData("localhost:443", Reach.None)]
    public void ReachOf_ATarget_IsWhatTheManifestSaysOfExactlyThat(string target, object? reach)
    {
        Assert.Equal(reach is not null, HostPort.TryParse(target, out var parsed));
        if (reach is null)
            return;
        Assert.Equal((Reach)reach, Grant.ReachOf(parsed));
    }

    [Theory]
    [InlineData("http://127.0.0.1:4317", "127.0.0.1:4317")]
    [InlineData(" https://Collector.example/v1 ", "collector.example:443")]
    [InlineData("collector.internal:4317", "collector.internal:4317")]
    [InlineData("[::1]:4318", "[::1]:4318")]
    public void Of_AnAddressThatTheUserSet_IsReachedWhereverItIs(string setting, string target)
    {
        Assert.True(HostPort.TryParse(target, out var parsed));
        var grant = NetworkGrant.Of(["setting:endpoint"], "", [], new Dictionary<string, string> { ["endpoint"] = setting });
        Assert.Equal(Reach.Anywhere, grant.ReachOf(parsed));
    }

    [Theory]
    [InlineData("endpoint", "")]
    [InlineData("endpoint", "ftp://127.0.0.1:21")]
    [InlineData("endpoint", "collector")]
    [InlineData("other", "127.0.0.1:4317")]
    public void Of_NoAddressSet_ThereIsNothing(string name, string value) =>
        Assert.True(NetworkGrant.Of(["setting:endpoint"], "", [], new Dictionary<string, string> { [name] = value }).IsEmpty);

    [Fact]
    public void Of_NobodySignedIn_TheApiIsNothing() => Assert.True(NetworkGrant.Of(["kilometers-api"], "", []).IsEmpty);

    [Theory]
    [InlineData("http://127.0.0.1:5000", "127.0.0.1:5000")]
    [InlineData("http://[::1]:5000/", "[::1]:5000")]
    [InlineData("http://localhost", "localhost:80")]
    [InlineData("https://API.Example.com/x/", "api.example.com:443")]
    public void Of_TheApi_IsItsHostAndPortWhereverThatIs(string endpoint, string target)
    {
        Assert.True(HostPort.TryParse(target, out var parsed));
        Assert.Equal(Reach.Anywhere, NetworkGrant.Of(["kilometers-api"], endpoint, []).ReachOf(parsed));
        Assert.Equal(target, parsed.ToString());
    }

    [Fact]
    public void Of_TheApisHostNamedInTheManifestToo_BothOrdersReachIt()
    {
        var target = new HostPort("127.0.0.1", 5000);
        Assert.Equal(Reach.Anywhere, NetworkGrant.Of(["kilometers-api", "127.0.0.1:5000"], "http://127.0.0.1:5000", []).ReachOf(target));
        Assert.Equal(Reach.Anywhere, NetworkGrant.Of(["127.0.0.1:5000", "kilometers-api"], "http://127.0.0.1:5000", []).ReachOf(target));
    }

    [Theory]
    [InlineData("")]
    [InlineData("host")]
    [InlineData("host:")]
    [InlineData(":1")]
    [InlineData("host:0")]
    [InlineData("host:65536")]
    [InlineData("host:+1")]
    [InlineData("host: 1")]
    [InlineData("host..:1")]
    [InlineData(".:1")]
    [InlineData("*.example.com:1")]
    [InlineData("user@host:1")]
    [InlineData("http://host:1")]
    [InlineData("::1:1")]
    [InlineData("[::1]")]
    [InlineData("[::1]:")]
    [InlineData("[fe80::1%eth0]:1")]
    [InlineData("[x]:1")]
    [InlineData("[127.0.0.1]extra]:1")]
    public void TryParse_NoTarget_False(string text) => Assert.False(HostPort.TryParse(text, out _));

    /// <summary>Whatever is asked for: it is granted only if it is, by its letters, one of the entries.</summary>
    [Fact]
    public void ReachOf_AnythingParsed_IsGrantedOnlyAsWritten() =>
        Gen.String[Gen.Char["apiexmlcoAPI.:34-[]%"], 1, 24]
            .Sample(text =>
                !HostPort.TryParse(text, out var target)
                || Grant.ReachOf(target) == Reach.None
                || target.ToString() is "api.example.com:443" or "10.0.0.5:8080" or "db.internal:5432" or "km.corp.example:8443"
            );
}
