using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.Entitlements.Tokens;
using Kilometers.PluginHost.Accounts;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Installation;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.PluginHost.Tests.Authorization;

public sealed class EntitlementSourceTests : IDisposable
{
    private static readonly InstalledBuild Build = new()
    {
        Name = "api-logger",
        Version = "1.0.0",
        BuildId = "b1",
    };
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly TokenApi _api;

    public EntitlementSourceTests() => _api = new TokenApi(_time);

    public void Dispose()
    {
        _api.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_young_answer_is_taken_from_the_cache_by_all()
    {
        var first = await GetAsync();
        Assert.Equal((EntitlementState.Fresh, Tier.Pro, true), (first.State, first.Tier, first.Token!.Allows("api-logger", "b1")));
        var views = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => GetAsync()));
        Assert.All(views, view => Assert.Equal(first.Text, view.Text));
        Assert.Equal(1, _api.Questions);
    }

    [Fact]
    public async Task What_took_a_call_to_the_api_is_told_from_what_the_cache_gave()
    {
        var tally = new DecisionTally();
        foreach (var _ in Enumerable.Range(0, 3))
            tally.Add(await GetAsync());
        _time.Advance(TimeSpan.FromMinutes(5));
        foreach (var _ in Enumerable.Range(0, 3))
            tally.Add(await GetAsync());
        tally.Add(Source().Known());
        Assert.Equal((7, 5), (tally.All, tally.Cached));

        // An outage is asked about, too.
        _api.Dispose();
        _time.Advance(TimeSpan.FromMinutes(5));
        tally.Add(await GetAsync());
        Assert.Equal((8, 5), (tally.All, tally.Cached));
    }

    [Fact]
    public async Task Of_many_that_ask_at_once_one_asks_the_api()
    {
        await GetAsync();
        _time.Advance(TimeSpan.FromMinutes(5));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => GetAsync(realTime: true))));
        Assert.Equal(2, _api.Questions);
    }

    [Fact]
    public async Task Another_build_is_asked_about_at_once()
    {
        await GetAsync();
        var view = await Source()
            .GetAsync([Build, Build with { Name = "other", BuildId = "b2" }], force: false, TestContext.Current.CancellationToken);
        Assert.True(view.Token!.Allows("other", "b2"));
    }

    [Fact]
    public async Task An_outage_leaves_what_there_was_until_its_own_end()
    {
        var before = await GetAsync();
        _api.Dispose();
        _time.Advance(TimeSpan.FromMinutes(5));
        var stale = await GetAsync();
        Assert.Equal((EntitlementState.Stale, before.Text, ErrorCode.ApiUnreachable), (stale.State, stale.Text, stale.Error?.Code));
        _time.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal((EntitlementState.Grace, Tier.Pro), ((await GetAsync()).State, (await GetAsync()).Tier));
        _time.Advance(TimeSpan.FromHours(72));
        var over = await GetAsync();
        Assert.Equal(
            (EntitlementState.Denied, Tier.Free, ErrorCode.EntitlementExpired, ""),
            (over.State, over.Tier, over.Error?.Code, over.Text)
        );
    }

    [Theory]
    [InlineData(500, "API_INT_001")]
    [InlineData(503, "API_LIM_002")]
    [InlineData(429, "API_LIM_001")]
    public async Task An_api_that_is_broken_is_an_outage(int status, string code)
    {
        await GetAsync();
        (_api.Status, _api.Code) = (status, code);
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal((EntitlementState.Stale, code), ((await GetAsync()).State, (await GetAsync()).Error?.Code));
    }

    [Theory]
    [InlineData(401, "API_AUT_001")]
    [InlineData(403, "API_AUT_002")]
    public async Task A_refusal_counts_at_once_and_a_later_outage_does_not_undo_it(int status, string code)
    {
        await GetAsync();
        (_api.Status, _api.Code) = (status, code);
        _time.Advance(TimeSpan.FromMinutes(5));
        var refused = await GetAsync();
        Assert.Equal((EntitlementState.Denied, code, Tier.Free), (refused.State, refused.Error?.Code, refused.Tier));
        _api.Dispose();
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(EntitlementState.Denied, (await GetAsync()).State);
    }

    [Fact]
    public async Task After_an_outage_the_next_answer_counts()
    {
        await GetAsync();
        (_api.Status, _api.Code) = (500, "API_INT_001");
        _time.Advance(TimeSpan.FromMinutes(5));
        await GetAsync();
        _api.Status = 200;
        _api.Tier = "Enterprise";
        Assert.Equal(EntitlementState.Stale, (await GetAsync()).State);
        _time.Advance(TimeSpan.FromSeconds(21));
        Assert.Equal((EntitlementState.Fresh, Tier.Enterprise), ((await GetAsync()).State, (await GetAsync()).Tier));
    }

    [Fact]
    public async Task A_clock_that_was_set_back_gets_nothing_until_the_api_answers()
    {
        await GetAsync();
        (_api.Status, _api.Code) = (500, "API_INT_001");
        var start = _time.GetUtcNow();
        _time.AdjustTime(start - TimeSpan.FromHours(1));
        var behind = await GetAsync();
        Assert.Equal((EntitlementState.Denied, ErrorCode.ClockSetBack), (behind.State, behind.Error?.Code));
        _api.Status = 200;
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(EntitlementState.Fresh, (await GetAsync()).State);
    }

    [Fact]
    public async Task A_token_for_another_customer_is_refused()
    {
        await GetAsync();
        _api.Customer = "cus_2";
        _time.Advance(TimeSpan.FromMinutes(5));
        var view = await GetAsync();
        Assert.Equal((EntitlementState.Denied, ErrorCode.EntitlementInvalid), (view.State, view.Error?.Code));
    }

    [Fact]
    public async Task Nobody_signed_in_asks_nobody()
    {
        var access = new AccountAccess(Paths(), Settings([]), "1.0.0", _ => null);
        var view = await new EntitlementSource(access, Options(), _time).GetAsync(
            [Build],
            force: true,
            TestContext.Current.CancellationToken
        );
        Assert.Equal((EntitlementState.Denied, Tier.Free, ErrorCode.NotSignedIn), (view.State, view.Tier, view.Error?.Code));
        Assert.Equal(0, _api.Questions);
    }

    [Fact]
    public async Task The_cache_shows_nothing_and_a_damaged_one_is_asked_anew()
    {
        var view = await GetAsync();
        var file = Paths().Entitlement;
        Assert.DoesNotContain(
            view.Text[40..80],
            System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)),
            StringComparison.Ordinal
        );
        await File.WriteAllTextAsync(file, "damaged", TestContext.Current.CancellationToken);
        Assert.Equal(EntitlementState.Fresh, (await GetAsync()).State);
        Assert.Equal(2, _api.Questions);
    }

    private readonly string _key = ApiKey.Create().Text;

    private Task<EntitlementView> GetAsync(bool realTime = false) =>
        Source(realTime).GetAsync([Build], force: false, TestContext.Current.CancellationToken);

    /// <summary>A new one each time: as another km of the same user.</summary>
    private EntitlementSource Source(bool realTime = false)
    {
        var environment = new Dictionary<string, string> { ["KM_API_KEY"] = _key, ["KM_API_ENDPOINT"] = _api.Endpoint };
        return new EntitlementSource(
            new AccountAccess(Paths(), Settings(environment), "1.0.0", environment.GetValueOrDefault),
            Options(),
            realTime ? new Waiting(_time) : _time
        );
    }

    private PluginPaths Paths() => PluginPaths.Default() with { Home = _folder["home"] };

    /// <summary>The limit is of real time, on a machine that may be busy; that it holds is a test of the API's client.</summary>
    private EntitlementOptions Options() =>
        new()
        {
            CliVersion = "1.0.0",
            CacheFile = Paths().Entitlement,
            Limit = TimeSpan.FromMinutes(5),
        };

    private KmSettings Settings(Dictionary<string, string> environment) =>
        KmSettings.Read(_folder["km.json"], environment.GetValueOrDefault);

    /// <summary>The test's clock, but waiting takes real time: nobody would advance it while all wait for one.</summary>
    private sealed class Waiting(TimeProvider clock) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();
    }
}
