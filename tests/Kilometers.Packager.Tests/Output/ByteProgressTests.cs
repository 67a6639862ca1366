using Kilometers.Packager.Output;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.Packager.Tests.Output;

public sealed class ByteProgressTests
{
    [Fact]
    public void Report_WithinTheFirstSecond_SaysNothing()
    {
        var (time, terminal) = (new FakeTimeProvider(), new StringWriter());
        using (var progress = new ByteProgress("Verifying", 100, time, terminal))
        {
            time.Advance(TimeSpan.FromSeconds(0.9));
            progress.Report(50);
        }

        Assert.Equal("", terminal.ToString());
    }

    [Fact]
    public void Report_Later_SaysHowFarAndTakesItBack()
    {
        var (time, terminal) = (new FakeTimeProvider(), new StringWriter());
        using (var progress = new ByteProgress("Verifying", 200, time, terminal))
        {
            time.Advance(TimeSpan.FromSeconds(1.5));
            progress.Report(50);
            progress.Report(60);
            time.Advance(TimeSpan.FromSeconds(1));
            progress.Report(500);
        }

        Assert.Equal("\rVerifying 25%\rVerifying 100%\r              \r", terminal.ToString());
    }

    [Fact]
    public void Report_NoTerminal_SaysNothing()
    {
        var time = new FakeTimeProvider();
        using var progress = new ByteProgress("Verifying", 100, time, terminal: null);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Null(Record.Exception(() => progress.Report(10)));
    }
}
