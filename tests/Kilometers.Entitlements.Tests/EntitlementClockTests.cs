using Kilometers.Entitlements.Tokens;

namespace Kilometers.Entitlements.Tests;

public sealed class EntitlementClockTests
{
    private const long Hour = 3600;

    [Theory]
    [InlineData(0, true, EntitlementState.Fresh)]
    [InlineData(599, true, EntitlementState.Fresh)]
    [InlineData(599, false, EntitlementState.Stale)]
    [InlineData(600, true, EntitlementState.Grace)]
    [InlineData(600, false, EntitlementState.Grace)]
    [InlineData((72 * Hour) - 1, false, EntitlementState.Grace)]
    [InlineData(72 * Hour, false, EntitlementState.Denied)]
    [InlineData(72 * Hour, true, EntitlementState.Denied)]
    [InlineData(-300, true, EntitlementState.Fresh)]
    [InlineData(-301, true, EntitlementState.Denied)]
    public void StateOf_ATokenAtATime_IsAsStated(long after, bool reachable, EntitlementState state) =>
        Assert.Equal(state, EntitlementClock.StateOf(Tokens.Create(), At(after), 0, reachable));

    [Theory]
    [InlineData(1000, 700, EntitlementState.Grace)]
    [InlineData(1000, 699, EntitlementState.Denied)]
    [InlineData(800, 499, EntitlementState.Denied)]
    [InlineData(800, 500, EntitlementState.Stale)]
    public void StateOf_AClockThatWasSetBack_GetsNothing(long latest, long now, EntitlementState state) =>
        Assert.Equal(state, EntitlementClock.StateOf(Tokens.Create(), At(now), Tokens.IssuedAt + latest, reachable: false));

    [Fact]
    public void StateOf_NoToken_IsDenied() => Assert.Equal(default, EntitlementClock.StateOf(null, At(0), 0, reachable: true));

    private static DateTimeOffset At(long after) => DateTimeOffset.FromUnixTimeSeconds(Tokens.IssuedAt + after);
}
