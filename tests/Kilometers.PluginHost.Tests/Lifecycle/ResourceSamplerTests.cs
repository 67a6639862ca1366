using Kilometers.Contracts;
using Kilometers.PluginHost.Control;
using Kilometers.PluginHost.Launch;
using Kilometers.PluginHost.Lifecycle;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.PluginHost.Tests.Lifecycle;

public sealed class ResourceSamplerTests : IDisposable
{
    private readonly string _state = Directory.CreateTempSubdirectory("km-sampler-").FullName;
    private readonly FakeTimeProvider _time = new();
    private ResourceUse? _use = new() { CpuSeconds = 0, MemoryBytes = 1, OpenFiles = 1, Threads = 1 };

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
        AssertBreach(ErrorCode.MemoryLimit, new ResourceUse { MemoryBytes = limits.MemoryBytes + 1 });
        AssertBreach(ErrorCode.OpenFilesLimit, new ResourceUse { OpenFiles = limits.OpenFiles + 1 });
        AssertBreach(ErrorCode.ThreadLimit, new ResourceUse { Threads = limits.Threads + 1 });

        void AssertBreach(string code, ResourceUse use)
        {
            _use = use;
            Assert.Equal(code, Create().Look()?.Code);
        }
    }

    [Fact]
    public void Look_TooMuchInTheStateDirectory_NamesIt()
    {
        using (var file = File.Create(Path.Combine(_state, "large"))) file.SetLength(new PluginLimits().StateBytes + 1);
        Assert.Equal(ErrorCode.StateLimit, Create().Look()?.Code);
    }

    [Fact]
    public void Look_ManyEmptyFilesAndFolders_CountAsWhatTheyTakeOfTheDisk()
    {
        for (var i = 0; i < 20; i++) File.Create(Path.Combine(_state, $"{i}")).Dispose();
        for (var i = 0; i < 20; i++) Directory.CreateDirectory(Path.Combine(_state, $"folder{i}"));
        Assert.Null(Create(new PluginLimits { StateBytes = 40 * 4096 }).Look());
        Assert.Equal(ErrorCode.StateLimit, Create(new PluginLimits { StateBytes = (40 * 4096) - 1 }).Look()?.Code);
    }

    [Fact]
    public void Look_ABusyProcess_IsNamedOnlyWhenItStaysBusy()
    {
        var sampler = Create();
        Assert.Null(sampler.Look());
        for (var i = 1; i < ResourceSampler.SustainedLooks; i++) Assert.Null(Busy(sampler, 3));
        Assert.Null(Busy(sampler, 1));
        for (var i = 1; i < ResourceSampler.SustainedLooks; i++) Assert.Null(Busy(sampler, 3));
        Assert.Equal(ErrorCode.ProcessorLimit, Busy(sampler, 3)?.Code);
    }

    private KmError? Busy(ResourceSampler sampler, int processors)
    {
        _time.Advance(ResourceSampler.Interval);
        _use = _use! with { CpuSeconds = _use.CpuSeconds + (processors * ResourceSampler.Interval.TotalSeconds) };
        return sampler.Look();
    }

    private ResourceSampler Create(PluginLimits? limits = null) => new("plugin", limits ?? new PluginLimits(), [_state, Path.Combine(_state, "not there")], () => _use, _time);
}
