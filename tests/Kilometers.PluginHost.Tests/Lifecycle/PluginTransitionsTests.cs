using Kilometers.PluginHost.Lifecycle;

namespace Kilometers.PluginHost.Tests.Lifecycle;

public sealed class PluginTransitionsTests
{
    // Row: from; column: to. The order is that of the enum: Discovered Loading Authenticating Active Error ShuttingDown Stopped.
    private static readonly string[] Table =
    [
        ".x..x.x", // Discovered
        "..x.xx.", // Loading
        "...xxx.", // Authenticating
        "....xx.", // Active
        "x.....x", // Error
        "....x.x", // ShuttingDown
        "x......", // Stopped
    ];

    [Fact]
    public void IsAllowed_EveryPair_IsAsInTheTable()
    {
        var states = Enum.GetValues<PluginState>();
        Assert.Equal(Table.Length, states.Length);
        foreach (var from in states)
        {
            foreach (var to in states)
                Assert.True(PluginTransitions.IsAllowed(from, to) == (Table[(int)from][(int)to] == 'x'), $"{from} -> {to}");
        }
    }

    [Fact]
    public void TheZeroValue_IsAStateInWhichNothingRuns() => Assert.Equal(PluginState.Discovered, default);
}
