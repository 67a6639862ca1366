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
            int observed,
                refused,
                unseen;
            await using (var km = await subscriber.MonitorWithPluginAsync())
            {
                for (var i = 0; i < Messages; i++)
                    await Subscriber.SendAsync(km, $"n{i}", padding: 10_000);
                Assert.Equal(0, await km.FinishAsync());
                Assert.Contains("Messages are lost, 1 so far: The spool cannot be written", km.Errors, StringComparison.Ordinal);

                // On a busy machine the session ends before km has observed everything, or its plugin has seen it: that is counted apart, and
                // what the plugin did not acknowledge may have been kept after all. Two messages for each that is sent: cat says it again.
                observed = int.Parse(ObservedPattern().Match(km.Errors).Groups[1].Value, CultureInfo.InvariantCulture);
                Assert.True(
                    observed == 2 * (Messages + 1)
                        || km.Errors.Contains("not observed (the session ended first)", StringComparison.Ordinal),
                    km.Errors
                );
                (refused, unseen) = (Count(km.Errors, "failed in it"), Count(km.Errors, "not delivered"));
            }

            Assert.InRange(refused, 1, observed - 1);
            await api.StartAsync();
            await using var next = await subscriber.MonitorWithPluginAsync();
            var watch = Stopwatch.StartNew();
            List<string> stored;
            while ((stored = await StoredAsync(subscriber)).Count < observed - refused - unseen)
            {
                Assert.True(
                    watch.Elapsed < 2 * Wait.Limit,
                    $"{stored.Count} of {observed} are stored, {refused} were refused, {unseen} not delivered; {next.Errors}"
                );
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }

            Assert.Equal(0, await next.FinishAsync());
            stored = await StoredAsync(subscriber);
            Assert.InRange(stored.Count, observed - refused - unseen, observed - refused);
            Assert.Equal(stored.Count, stored.Distinct().Count());
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{observed} observed, {stored.Count} stored, {refused} refused, {unseen} not delivered in time"
            );
        }
        finally
        {
            await Commands.RunAsync("umount", "-l", subscriber.State);
        }
    }

    /// <summary>What is stored of the session on the full disk, each as its direction and name.</summary>
    private async Task<List<string>> StoredAsync(Subscriber subscriber)
    {
        var events = (await api.AsCustomerAsync(subscriber.Key, "api/events?limit=1000&payload=false"))
            .GetProperty("events")
            .EnumerateArray()
            .ToList();
        if (events.Count == 0)
            return [];
        var first = events
            .MinBy(item => item.GetProperty("timestamp").GetString(), StringComparer.Ordinal)
            .GetProperty("sessionId")
            .GetString();
        return
        [
            .. events
                .Where(item => item.GetProperty("sessionId").GetString() == first)
                .Select(item => $"{item.GetProperty("direction")} {item.GetProperty("name")}"),
        ];
    }

    private static int Count(string errors, string what) =>
        LossPattern()
            .Matches(errors)
            .Where(match => match.Groups[2].Value.StartsWith(what, StringComparison.Ordinal))
            .Sum(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"\[km\] [^:\n]*: (\d+) messages \(")]
    private static partial Regex ObservedPattern();

    /// <summary>As the summary at a session's end has them.</summary>
    [GeneratedRegex(@"; [^:;\n]*api-logger[^:;\n]*: (\d+) ([^;\n]*)")]
    private static partial Regex LossPattern();
}
