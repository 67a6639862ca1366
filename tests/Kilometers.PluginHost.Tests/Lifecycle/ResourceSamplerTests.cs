using Kilometers.Contracts;
using Kilometers.PluginHost.Launch;
using Kilometers.PluginHost.Lifecycle;
using Kilometers.Processes.Measuring;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.PluginHost.Tests.Lifecycle;

public sealed class ResourceSamplerTests : IDisposable
{
    private static readonly ProcessMeasure Idle = new()
    {
        CpuSeconds = 0,
        MemoryBytes = 1,
        OpenFiles = 1,
        Threads = 1,
    };
    private readonly string _state = Directory.CreateTempSubdirectory("km-sampler-").FullName;
    private readonly FakeTimeProvider _time = new();
    private ProcessMeasure? _use = Idle;

    public void Dispose() => Directory.Delete(_state, recursive: true);

    [Fact]
    public void Look_WithinAllLimits_IsNothing() => Assert.Null(Create().Look());

    [Fact]
    public void Look_AProcessThatIsGone_IsNothing()
    {
        _use = null;
        Assert.Null(Create().Look());
    }

    [Fact]
    public void Look_OverALimit_NamesIt()
    {
        var limits = new PluginLimits();
        AssertBreach(ErrorCode.MemoryLimit, Idle with { MemoryBytes = limits.MemoryBytes + 1 });
        AssertBreach(ErrorCode.OpenFilesLimit, Idle with { OpenFiles = limits.OpenFiles + 1 });
        AssertBreach(ErrorCode.ThreadLimit, Idle with { Threads = limits.Threads + 1 });
        AssertBreach(ErrorCode.StateLimit, Idle with { DeletedBytes = limits.StateBytes + 1 });

        void AssertBreach(string code, ProcessMeasure use)
        {
            _use = use;
            Assert.Equal(code, Create().Look()?.Code);
        }
    }

    [Fact]
    public void Look_AProcessThatCannotBeRead_IsEndedIfThatLasts()
    {
        var sampler = Create();
        _use = Idle with { Unreadable = "it is closed" };
        Assert.Null(sampler.Look());
        Assert.Equal(ResourceSampler.MinInterval, sampler.Next(ResourceSampler.Interval, TimeSpan.Zero));
        _time.Advance(ResourceSampler.UnreadableLimit / 2);
        _use = Idle;
        Assert.Null(sampler.Look());
        _use = Idle with { Unreadable = "it is closed" };
        Assert.Null(sampler.Look());
        _time.Advance(ResourceSampler.UnreadableLimit);
        Assert.Equal((ErrorCode.PluginUnmeasured, "it is closed"), sampler.Look() is { } error ? (error.Code, error.Detail) : default);
    }

    [Fact]
    public void Look_AProcessThatCannotBeReadAndIsOverALimit_NamesTheLimit()
    {
        _use = Idle with { MemoryBytes = new PluginLimits().MemoryBytes + 1, Unreadable = "it is closed" };
        Assert.Equal(ErrorCode.MemoryLimit, Create().Look()?.Code);
    }

    [Fact]
    public void Look_TooMuchInTheStateDirectory_NamesIt()
    {
        using var file = new FileStream(
            Path.Combine(_state, "large"),
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                PreallocationSize = 2 << 20,
            }
        );
        Assert.Equal(ErrorCode.StateLimit, Create(new PluginLimits { StateBytes = 1 << 20 }).Look()?.Code);
    }

    [Fact]
    public void Look_ProcessorTimeWithinTheWindow_CountsWhateverLiesBetween()
    {
        // 20 % of one processor most of the time, and nothing at all whenever ten looks have passed.
        var sampler = Create(new PluginLimits { CpuPercent = 10 });
        sampler.Settle();
        Assert.Null(sampler.Look());
        for (var look = 1; look <= 10; look++)
        {
            if (Busy(sampler, look % 10 == 0 ? 0 : 0.2) is not { } breach)
                continue;
            Assert.Equal((ErrorCode.ProcessorLimit, true), (breach.Code, look > 4));
            return;
        }

        Assert.Fail("It was never over its limit.");
    }

    [Fact]
    public void Look_ProcessorTimeWithinItsLimit_NeverAddsUp()
    {
        var sampler = Create();
        sampler.Settle();
        for (var look = 0; look < 100; look++)
            Assert.Null(Busy(sampler, 1.99));
    }

    [Fact]
    public void Look_ABusyStart_CountsAgainstTheDefaultUntilItIsOver()
    {
        var sampler = Create(new PluginLimits { CpuPercent = 1 });
        Assert.Null(sampler.Look());
        Assert.Null(Busy(sampler, 2));
        sampler.Settle();
        Assert.Null(Busy(sampler, 2));
        Assert.Equal(ErrorCode.ProcessorLimit, Busy(sampler, 2)?.Code);
    }

    [Fact]
    public void Next_NothingGrows_PausesLongerAndLonger()
    {
        var sampler = Create();
        var pause = ResourceSampler.MinInterval;
        for (var look = 0; look < 6; look++)
        {
            Assert.Null(sampler.Look());
            var next = sampler.Next(pause, TimeSpan.Zero);
            Assert.True(next > pause || next == ResourceSampler.Interval);
            pause = next;
            _time.Advance(pause);
        }

        Assert.Equal(ResourceSampler.Interval, pause);
    }

    [Fact]
    public void Next_GrowsTowardsALimit_LooksBeforeThatIsReached()
    {
        var limits = new PluginLimits();
        var sampler = Create(limits);
        Assert.Null(sampler.Look());
        _time.Advance(ResourceSampler.Interval);
        _use = Idle with { MemoryBytes = limits.MemoryBytes / 2 };
        Assert.Null(sampler.Look());
        Assert.InRange(sampler.Next(ResourceSampler.Interval, TimeSpan.Zero), ResourceSampler.MinInterval, ResourceSampler.Interval * 0.51);
        _time.Advance(ResourceSampler.Interval);
        _use = Idle with { MemoryBytes = limits.MemoryBytes - 1 };
        Assert.Null(sampler.Look());
        Assert.Equal(ResourceSampler.MinInterval, sampler.Next(ResourceSampler.Interval, TimeSpan.Zero));
    }

    [Fact]
    public void Next_ALongLook_IsFollowedByALongPause()
    {
        var sampler = Create();
        Assert.Null(sampler.Look());
        Assert.Equal(ResourceSampler.MinInterval * 8, sampler.Next(ResourceSampler.MinInterval, ResourceSampler.MinInterval * 2));
        Assert.Equal(ResourceSampler.Interval, sampler.Next(ResourceSampler.MinInterval, ResourceSampler.Interval));
    }

    [Fact]
    public void Together_NothingGrows_LooksWithTheOthersAndNeverLater()
    {
        var sampler = Create();
        for (var look = 0; look < 6; look++)
        {
            var wait = sampler.Together(ResourceSampler.Interval, TimeSpan.Zero);
            Assert.InRange(wait, ResourceSampler.MinInterval, ResourceSampler.Interval);
            _time.Advance(wait);
            Assert.Equal(0, _time.GetElapsedTime(0).Ticks % ResourceSampler.Interval.Ticks);
        }
    }

    [Fact]
    public void Together_SomethingGrowsOrTheLookWasLong_KeepsThePause()
    {
        var sampler = Create();
        Assert.Equal(ResourceSampler.MinInterval * 2, sampler.Together(ResourceSampler.MinInterval * 2, TimeSpan.Zero));
        _time.Advance(ResourceSampler.Interval / 2);
        Assert.Equal(ResourceSampler.Interval, sampler.Together(ResourceSampler.Interval, ResourceSampler.Interval / 4));
    }

    [Fact]
    public void Look_ItHasNotRunSince_MeasuresAgainNowAndThenOnly()
    {
        var (ran, measured) = ((long?)1, 0);
        var sampler = new ResourceSampler(() => "plugin", new PluginLimits(), [_state], Measure, _time, () => ran);
        for (var look = 0; look < 20; look++)
            sampler.Look();
        Assert.Equal(2, measured);
        ran = 2;
        sampler.Look();
        Assert.Equal(3, measured);

        // What could not be read, and where it is not known how long it ran, is measured each time.
        _use = Idle with { Unreadable = "why" };
        ran = 3;
        sampler.Look();
        sampler.Look();
        Assert.Equal(5, measured);
        (_use, ran) = (Idle, null);
        sampler.Look();
        sampler.Look();
        Assert.Equal(7, measured);

        ProcessMeasure? Measure()
        {
            measured++;
            return _use;
        }
    }

    private KmError? Busy(ResourceSampler sampler, double processors)
    {
        _time.Advance(ResourceSampler.Interval);
        _use = _use! with { CpuSeconds = _use.CpuSeconds + (processors * ResourceSampler.Interval.TotalSeconds) };
        return sampler.Look();
    }

    private ResourceSampler Create(PluginLimits? limits = null) =>
        new(() => "plugin", limits ?? new PluginLimits(), [_state, Path.Combine(_state, "not there")], () => _use, _time);
}
