using Kilometers.Contracts;
using Xunit;

namespace Kilometers.Plugin.Sdk.Tests;

public sealed class KilometersPluginTests
{
    [Fact]
    public void Version_NotOverridden_IsThatOfTheAssembly() =>
        Assert.Equal(typeof(Plain).Assembly.GetName().Version!.ToString(3), new Plain().Version);

    private sealed class Plain : KilometersPlugin
    {
        public override string Name => "plain";

        public override Tier RequiredTier => Tier.Free;
    }
}
