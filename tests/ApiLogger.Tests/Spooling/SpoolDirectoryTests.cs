using Kilometers.Plugins.ApiLogger.Spooling;

namespace Kilometers.Plugins.ApiLogger.Tests.Spooling;

public sealed class SpoolDirectoryTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly SpoolDirectory _directory;

    public SpoolDirectoryTests() => _directory = New();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void Open_SameSessionTwice_EachHasAFolderOfItsOwn()
    {
        using var first = _directory.Open("s1");
        using var second = _directory.Open("s1");
        Assert.Equal(_temporary.In("s1"), first.Path);
        Assert.Equal(_temporary.In("s1-2"), second.Path);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../../etc")]
    [InlineData("a/b")]
    [InlineData("..")]
    public void Open_AnySessionId_StaysBelowTheDirectory(string sessionId)
    {
        using var folder = _directory.Open(sessionId);
        Assert.Equal(_temporary.Path, Path.GetDirectoryName(folder.Path));
        Assert.Matches("^[0-9a-f]{32}$", Path.GetFileName(folder.Path));
    }

    [Fact]
    public void Adopt_TakesWhatIsFreeAndNothingElse()
    {
        using var running = _directory.Open("running");
        var dead = _directory.Open("dead");
        dead.Append(new byte[10]);
        dead.Dispose();
        var adopted = Assert.Single(_directory.Adopt());
        Assert.Equal(_temporary.In("dead"), adopted.Path);
        Assert.Equal(1, adopted.CountLeftOver());
        Assert.Empty(_directory.Adopt());
        adopted.Dispose();
        // Each once: one that could not be removed would come again and again.
        Assert.Empty(_directory.Adopt());
        Assert.Single(New().Adopt()).Dispose();
    }

    [Fact]
    public void Adopt_FromManyThreads_EachFolderOnce()
    {
        for (var number = 0; number < 12; number++)
        {
            using var folder = _directory.Open($"s{number}");
            folder.Append(new byte[10]);
        }
        var adopted = new System.Collections.Concurrent.ConcurrentBag<SpoolFolder>();
        Parallel.For(0, 8, _ =>
        {
            foreach (var folder in New().Adopt())
                adopted.Add(folder);
        });
        Assert.Equal(12, adopted.Count);
        Assert.Equal(12, adopted.DistinctBy(folder => folder.Path).Count());
    }

    private SpoolDirectory New() => new(_temporary.Path, new SpoolLimits(1 << 20, 1 << 16, FlushEach: false));
}
