using Kilometers.Contracts;
using Kilometers.PluginHost.Authorization;

namespace Kilometers.PluginHost.Tests.Authorization;

public sealed class TierGateTests
{
    [Theory]
    [InlineData("Free", Tier.Free)]
    [InlineData("free", Tier.Enterprise)]
    [InlineData("PRO", Tier.Pro)]
    [InlineData("Pro", Tier.Enterprise)]
    [InlineData("Enterprise", Tier.Enterprise)]
    public void Check_CoveredTier_Allows(string required, Tier available)
    {
        Assert.Null(TierGate.Check("x", required, available, "Pay.", out var tier));
        Assert.Equal(required, tier.ToString(), ignoreCase: true);
    }

    [Theory]
    [InlineData("Pro", Tier.Free)]
    [InlineData("Enterprise", Tier.Free)]
    [InlineData("Enterprise", Tier.Pro)]
    [InlineData("Free", Tier.None)]
    public void Check_HigherTierThanThereIs_RefusesAndSaysWhatToDo(string required, Tier available)
    {
        var error = TierGate.Check("x", required, available, "Pay.", out _);
        Assert.NotNull(error);
        Assert.Equal(ErrorCode.TierTooLow, error.Code);
        Assert.Equal($"Plugin 'x' requires {required} subscription", error.Summary);
        Assert.Equal("Pay.", error.Hint);
    }

    [Theory]
    [InlineData("")]
    [InlineData("None")]
    [InlineData("Gold")]
    [InlineData("1")]
    [InlineData("0")]
    [InlineData(" Free")]
    public void Check_NoTier_IsRefusedWhateverThereIs(string required)
    {
        var error = TierGate.Check("x", required, Tier.Enterprise, "Pay.", out var tier);
        Assert.Equal(ErrorCode.PluginContract, error?.Code);
        Assert.Equal(Tier.None, tier);
    }

    [Theory]
    [InlineData(null, null, "Sign in with a subscription that includes it: km auth login")]
    [InlineData("cus_1", null, "Ask the operator of your Kilometers API to upgrade your plan")]
    [InlineData("cus_1", "https://km.example.com/plans", "Upgrade your plan at: https://km.example.com/plans")]
    public void UpgradeAdvice_View_NamesTheAddressThatTheApiNamed(string? customer, string? url, string advice) =>
        Assert.Equal(advice, (EntitlementView.SignedOut with { CustomerId = customer, UpgradeUrl = url }).UpgradeAdvice);
}
