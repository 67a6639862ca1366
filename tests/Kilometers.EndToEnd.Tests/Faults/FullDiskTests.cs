using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Kilometers.EndToEnd.Tests.Accounts;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Faults;

/// <summary>The disk of api-logger's spool is full while the API is away.</summary>
public sealed partial class FullDiskTests(ApiServer api) : IClassFixture<ApiServer>
{
    private const int Messages = 300;

    [Fact]
    public async Task A_full_disk_harms_no_session_and_what_is_lost_is_counted()
    {
        Assert.SkipWhen(Environment.UserName != "root", "only root can mount a small disk");
        using var subscriber = await Subscriber.CreateAsync(api);
        await api.KillAsync();
        Modes.Folder(Path.GetDirectoryName(subscriber.State)!);
        Modes.Folder(subscriber.State);
        var isMounted = await Commands.RunAsync("mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs", subscriber.State) == 0;
        Assert.SkipWhen(!isMounted, "nothing can be mounted here");
        try
        {
            var lost = 0;
            await using (var km = await subscriber.MonitorWithPluginAsync())
            {
                for (var i = 0; i < Messages; i++) await Subscriber.SendAsync(km, $"n{i}", padding: 10_000);
                Assert.Equal(0, await km.FinishAsync());
                lost = Failed(km.Errors);
            }

            Assert.InRange(lost, 1, 2 * (Messages + 1) - 1);
            await api.StartAsync();
            await using var next = await subscriber.MonitorWithPluginAsync();

            // Two for each message: cat says it again. Those of the second session are its own.
            var kept = (2 * (Messages + 1)) - lost;
            var watch = Stopwatch.StartNew();
            long stored;
            while ((stored = await StoredAsync(subscriber)) < kept)
            {
                Assert.True(watch.Elapsed < 2 * Wait.Limit, $"{stored} of {kept} that were not reported as lost are stored; {next.Errors}");
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }

            Assert.Equal(0, await next.FinishAsync());
            Assert.Contains("nothing dropped", next.Errors, StringComparison.Ordinal);
            Assert.Equal(kept, await StoredAsync(subscriber));
        }
        finally
        {
            await Commands.RunAsync("umount", "-l", subscriber.State);
        }
    }

    /// <summary>Of the session on the full disk: its messages and the one that its start waits for.</summary>
    private async Task<long> StoredAsync(Subscriber subscriber)
    {
        var events = (await api.AsCustomerAsync(subscriber.Key, "api/events?limit=1000&payload=false")).GetProperty("events").EnumerateArray().ToList();
        if (events.Count == 0) return 0;
        var first = events.MinBy(item => item.GetProperty("timestamp").GetString(), StringComparer.Ordinal).GetProperty("sessionId").GetString();
        return events.Count(item => item.GetProperty("sessionId").GetString() == first);
    }

    private static int Failed(string errors) => LossPattern().Match(errors) is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"\[km\] .*api-logger[^:]*: (\d+) failed in it")]
    private static partial Regex LossPattern();
}
