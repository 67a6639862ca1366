using Kilometers.PluginHost.Lifecycle;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.PluginHost.Tests.Lifecycle;

public sealed class RestartPolicyTests
{
    private static readonly RestartOptions Options = new();
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Failed_InARow_WaitsLongerAndLongerUpToTheLongest()
    {
        var policy = Policy(Options with { MaxFailures = 100 });
        double[] seconds = [0.1, 1, 2, 4, 8, 16, 30, 30, 30];
        foreach (var expected in seconds)
            Assert.Equal(TimeSpan.FromSeconds(expected), policy.Failed());
    }

    [Fact]
    public void Failed_VeryOften_NeverOverflows()
    {
        var policy = Policy(Options with { MaxFailures = int.MaxValue });
        for (var i = 0; i < 2000; i++)
            Assert.InRange(policy.Failed()!.Value, TimeSpan.Zero, Options.MaxDelay);
    }

    [Theory]
    [InlineData(0, 0.08)]
    [InlineData(0.5, 0.1)]
    [InlineData(1, 0.12)]
    public void Failed_AnyChance_StaysWithinTheJitter(double chance, double seconds) =>
        Assert.Equal(seconds, Policy(Options, chance).Failed()!.Value.TotalSeconds, 6);

    [Fact]
    public void Failed_SoManyTimesWithinTheWindow_GivesUp()
    {
        var policy = Policy(Options);
        for (var i = 0; i < Options.MaxFailures - 1; i++)
        {
            Assert.NotNull(policy.Failed());
            _time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Null(policy.Failed());
        Assert.Equal(Options.MaxFailures, policy.Failures);
    }

    [Fact]
    public void Failed_OldFailuresAreOutOfTheWindow_GoesOn()
    {
        var policy = Policy(Options);
        var apart = (Options.Window / (Options.MaxFailures - 1)) + TimeSpan.FromSeconds(1);
        for (var i = 0; i < 50; i++)
        {
            Assert.NotNull(policy.Failed());
            _time.Advance(apart);
        }

        Assert.Equal(Options.MaxFailures - 1, policy.Failures);
    }

    [Fact]
    public void Failed_AfterAStableTime_IsFastAgain()
    {
        var policy = Policy(Options);
        policy.Failed();
        Assert.Equal(Options.Second, policy.Failed());
        policy.Active();
        _time.Advance(Options.StableAfter);
        Assert.Equal(Options.First, policy.Failed());
    }

    [Fact]
    public void Failed_BeforeItWasStable_BacksOffFurther()
    {
        var policy = Policy(Options);
        policy.Failed();
        policy.Active();
        _time.Advance(Options.StableAfter - TimeSpan.FromMilliseconds(1));
        Assert.Equal(Options.Second, policy.Failed());

        // It was never Active since: that time does not count.
        _time.Advance(Options.StableAfter);
        Assert.Equal(2 * Options.Second, policy.Failed());
    }

    [Fact]
    public void Failed_StableButWithinTheWindow_StillCounts()
    {
        var policy = Policy(Options with { Window = TimeSpan.FromHours(1) });
        for (var i = 0; i < Options.MaxFailures - 1; i++)
        {
            Assert.Equal(Options.First, policy.Failed());
            policy.Active();
            _time.Advance(Options.StableAfter);
        }

        Assert.Null(policy.Failed());
    }

    private RestartPolicy Policy(RestartOptions options, double chance = 0.5) => new(options, _time, () => chance);
}
