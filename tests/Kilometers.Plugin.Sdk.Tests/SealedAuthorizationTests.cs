using System.Security.Cryptography;
using Kilometers.Contracts;
using Kilometers.Entitlements.Seals;
using Kilometers.Entitlements.Tokens;
using Kilometers.Plugin.Sdk.Authorization;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Kilometers.Plugin.Sdk.Tests;

/// <summary>The plugin decides itself, under a host that checks nothing.</summary>
public sealed class SealedAuthorizationTests : IDisposable
{
    private const string Issuer = "https://api.example.com";
    private readonly RSA _key = RSA.Create(3072);
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));

    public void Dispose() => _key.Dispose();

    [Fact]
    public void The_customer_whom_it_was_built_for_may_run_it()
    {
        var result = Decide(Token());
        Assert.True(result.IsGranted, result.Reason);
        Assert.Equal(
            (Tier.Pro, true, false),
            (result.Entitlement.Tier, result.Entitlement.Has("api_logging"), result.Entitlement.Has("ml_features"))
        );
        Assert.Equal(Token().Sign(_key).Split('.')[1], result.Entitlement.Token.Split('.')[1]);
    }

    [Fact]
    public void Nobody_else_may()
    {
        using var other = RSA.Create(3072);
        AssertDenied(ErrorCode.EntitlementInvalid, Decide(Token() with { CustomerId = "cus_2" }));
        AssertDenied(ErrorCode.EntitlementInvalid, Decide(Token() with { Issuer = "https://evil.example.com" }));
        AssertDenied(ErrorCode.EntitlementInvalid, Decide(Token(), signer: other));
        AssertDenied(
            ErrorCode.EntitlementDenied,
            Decide(Token() with { Plugins = new Dictionary<string, IReadOnlyList<string>> { ["test-plugin"] = ["another-build"] } })
        );
        AssertDenied(ErrorCode.EntitlementDenied, Decide(Token(), Seal() with { Plugin = "another" }));
        AssertDenied(ErrorCode.EntitlementDenied, Decide(Token(), Seal() with { Version = "9.9.9" }));
        AssertDenied(ErrorCode.TierTooLow, Decide(Token() with { Tier = "Free" }));
        AssertDenied(ErrorCode.TierTooLow, Decide(Token() with { Tier = "Everything" }));
    }

    [Fact]
    public void Without_a_seal_or_a_token_it_does_not_run()
    {
        AssertDenied(
            ErrorCode.EntitlementInvalid,
            new SealedAuthorization(null, _time).Decide(
                new ProPlugin(),
                new AuthenticationRequest { EntitlementToken = Token().Sign(_key) }
            )
        );
        AssertDenied(ErrorCode.NotSignedIn, new SealedAuthorization(Seal(), _time).Decide(new ProPlugin(), new AuthenticationRequest()));
        AssertDenied(
            ErrorCode.EntitlementInvalid,
            new SealedAuthorization(Seal(), _time).Decide(
                new ProPlugin(),
                new AuthenticationRequest { EntitlementToken = "no.token.really" }
            )
        );
    }

    [Fact]
    public void A_token_for_another_question_is_refused()
    {
        AssertDenied(ErrorCode.EntitlementInvalid, Decide(Token(), nonce: [1]));
        Assert.True(Decide(Token(), nonce: [0, 0, 0]).IsGranted);
    }

    [Fact]
    public void Offline_it_runs_until_the_tier_allows_no_more()
    {
        _time.Advance(TimeSpan.FromHours(71));
        Assert.True(Decide(Token()).IsGranted);
        _time.Advance(TimeSpan.FromHours(1));
        AssertDenied(ErrorCode.EntitlementExpired, Decide(Token()));
    }

    [Fact]
    public void A_clock_that_was_set_back_gets_nothing_from_an_older_token()
    {
        var authorization = new SealedAuthorization(Seal(), _time);
        var newer = Token() with { IssuedAt = Token().IssuedAt + 250, ExpiresAt = Token().ExpiresAt + 3600 };
        Assert.True(authorization.Decide(new ProPlugin(), new AuthenticationRequest { EntitlementToken = newer.Sign(_key) }).IsGranted);
        _time.AdjustTime(_time.GetUtcNow() - TimeSpan.FromSeconds(60));
        AssertDenied(
            ErrorCode.ClockSetBack,
            authorization.Decide(new ProPlugin(), new AuthenticationRequest { EntitlementToken = Token().Sign(_key) })
        );
    }

    [Fact]
    public async Task A_free_plugin_always_runs_and_has_what_its_customers_entitlement_includes()
    {
        using var other = RSA.Create(3072);
        Assert.Equal((true, Tier.Free), await AskFreeAsync(""));
        Assert.Equal((true, Tier.Pro), await AskFreeAsync(Token().Sign(_key)));
        Assert.Equal((true, Tier.Free), await AskFreeAsync((Token() with { Tier = "Free" }).Sign(_key)));
        Assert.Equal((true, Tier.Free), await AskFreeAsync(Token().Sign(other)));
        Assert.Equal((true, Tier.Free), await AskFreeAsync((Token() with { CustomerId = "cus_2" }).Sign(_key)));
        Assert.Equal((true, Tier.Free), await AskFreeAsync(Token().Sign(_key), seal: null));
        _time.Advance(TimeSpan.FromHours(72));
        Assert.Equal((true, Tier.Free), await AskFreeAsync(Token().Sign(_key)));
    }

    private Task<(bool IsGranted, Tier Tier)> AskFreeAsync(string token) => AskFreeAsync(token, Seal());

    private async Task<(bool IsGranted, Tier Tier)> AskFreeAsync(string token, CustomerSeal? seal)
    {
        var plugin = new FreePlugin { Sealed = new(() => new SealedAuthorization(seal, _time)) };
        var result = await plugin.AuthenticateAsync(
            new AuthenticationRequest { EntitlementToken = token },
            TestContext.Current.CancellationToken
        );
        return (result.IsGranted, result.Entitlement.Tier);
    }

    private AuthenticationResult Decide(EntitlementToken token, CustomerSeal? seal = null, RSA? signer = null, byte[]? nonce = null) =>
        new SealedAuthorization(seal ?? Seal(), _time).Decide(
            new ProPlugin(),
            new AuthenticationRequest { EntitlementToken = token.Sign(signer ?? _key), Nonce = nonce ?? [] }
        );

    private static void AssertDenied(string code, AuthenticationResult result)
    {
        Assert.False(result.IsGranted);
        Assert.Equal((code, Tier.None), (result.ErrorCode, result.Entitlement.Tier));
    }

    private CustomerSeal Seal() =>
        new()
        {
            CustomerId = "cus_1",
            BuildId = "b1",
            KeyId = "k1",
            Issuer = Issuer,
            IssuerKey = _key.ExportSubjectPublicKeyInfo(),
            Plugin = "test-plugin",
            Version = "1.0.0",
        };

    private static EntitlementToken Token()
    {
        const long Now = 1_800_000_000;
        return new EntitlementToken
        {
            Issuer = Issuer,
            CustomerId = "cus_1",
            Id = "t",
            IssuedAt = Now,
            ExpiresAt = Now + 600,
            OfflineUntil = Now + (72 * 3600),
            KeyId = "k1",
            Tier = "Pro",
            Features = ["api_logging"],
            Plugins = new Dictionary<string, IReadOnlyList<string>> { ["test-plugin"] = ["b1"] },
            Nonce = "AAAA",
            RevocationNumber = 0,
        };
    }

    private sealed class ProPlugin : KilometersPlugin
    {
        public override string Name => "test-plugin";

        public override string Version => "1.0.0";

        public override Tier RequiredTier => Tier.Pro;
    }

    private sealed class FreePlugin : KilometersPlugin
    {
        public override string Name => "test-plugin";

        public override string Version => "1.0.0";

        public override Tier RequiredTier => Tier.Free;
    }
}
