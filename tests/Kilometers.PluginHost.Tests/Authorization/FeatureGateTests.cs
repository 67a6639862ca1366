using Kilometers.Entitlements.Tokens;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Policies;

namespace Kilometers.PluginHost.Tests.Authorization;

public sealed class FeatureGateTests
{
    private const string Feature = "compliance_reporting";

    [Theory]
    [InlineData("""{"version": 1}""", null)]
    [InlineData("""{"version": 1, "tier": {"maximum": "Enterprise", "features": ["compliance_reporting"]}}""", null)]
    [InlineData("""{"version": 1, "tier": {"maximum": "Pro"}}""", "policy allows the tiers up to Pro")]
    [InlineData("""{"version": 1, "tier": {"features": ["api_logging"]}}""", "policy does not allow compliance_reporting")]
    public void ForbiddenBy_APolicy_SaysWhy(string json, string? expected)
    {
        var document = PolicyReader.Read(System.Text.Encoding.UTF8.GetBytes(json), PolicyAuthor.Administrator, "policy.json");
        Assert.Equal(
            expected,
            FeatureGate.ForbiddenBy(
                new PluginPolicy
                {
                    Documents = [document],
                    Problems = [],
                    Refusal = null,
                },
                Feature
            )
        );
    }

    [Fact]
    public void MissingIn_NobodySignedIn_IsMissing() =>
        Assert.Equal("the subscription does not include compliance_reporting", FeatureGate.MissingIn(EntitlementView.SignedOut, Feature));

    [Theory]
    [InlineData("compliance_reporting", "Pro", null)]
    [InlineData("interception", "Enterprise", "the subscription does not include compliance_reporting")]
    public void MissingIn_AToken_DependsOnItsFeatures(string feature, string tier, string? expected)
    {
        var token = new EntitlementToken
        {
            Issuer = "i",
            CustomerId = "c",
            Id = "1",
            IssuedAt = 0,
            ExpiresAt = 600,
            OfflineUntil = 600,
            KeyId = "k",
            Tier = tier,
            Features = [feature],
            Plugins = new Dictionary<string, IReadOnlyList<string>>(),
            Nonce = "n",
            RevocationNumber = 0,
        };
        Assert.Equal(expected, FeatureGate.MissingIn(new EntitlementView { State = EntitlementState.Fresh, Token = token }, Feature));
    }
}
