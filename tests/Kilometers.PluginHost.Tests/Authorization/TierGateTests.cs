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
        Assert.Null(TierGate.Check("x", required, available, out var tier));
        Assert.Equal(required, tier.ToString(), ignoreCase: true);
    }

    [Theory]
    [InlineData("Pro", Tier.Free)]
    [InlineData("Enterprise", Tier.Free)]
    [InlineData("Enterprise", Tier.Pro)]
    [InlineData("Free", Tier.None)]
    public void Check_HigherTierThanThereIs_RefusesAndSaysWhereToUpgrade(string required, Tier available)
    {
        var error = TierGate.Check("x", required, available, out _);
        Assert.NotNull(error);
        Assert.Equal(ErrorCode.TierTooLow, error.Code);
        Assert.Equal($"Plugin 'x' requires {required} subscription", error.Summary);
        Assert.StartsWith("Upgrade your plan at: ", error.Hint, StringComparison.Ordinal);
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
        var error = TierGate.Check("x", required, Tier.Enterprise, out var tier);
        Assert.Equal(ErrorCode.PluginContract, error?.Code);
        Assert.Equal(Tier.None, tier);
    }
}
