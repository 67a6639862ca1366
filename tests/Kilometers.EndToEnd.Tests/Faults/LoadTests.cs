using System.Diagnostics;
using System.Globalization;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Faults;

/// <summary>
/// Several km with api-logger against two nodes on one PostgreSQL, while the nodes are killed and come back in turn: what was sent is stored,
/// each once. <c>KM_TEST_LOAD_SECONDS</c>: how long (60).
/// </summary>
public sealed class LoadTests
{
    private const int Sessions = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Up = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Arrival = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task While_nodes_are_killed_and_restarted_every_message_is_stored_and_none_twice()
    {
        var time = TimeSpan.FromSeconds(
            int.Parse(Environment.GetEnvironmentVariable("KM_TEST_LOAD_SECONDS") ?? "60", CultureInfo.InvariantCulture)
        );
        await using var cluster = await Cluster.StartAsync();
        using var subscriber = new Subscriber(cluster.Relay.Endpoint, cluster.Root, await cluster.CreateKeyAsync());
        await subscriber.SetUpAsync(provision: true);

        var sessions = new List<KmProcess>();
        try
        {
            for (var session = 0; session < Sessions; session++)
                sessions.Add(await subscriber.MonitorWithPluginAsync());
            using var end = new CancellationTokenSource(time);
            var sending = sessions.Select((km, session) => SendAsync(km, session, end.Token)).ToList();
            var kills = await DisturbAsync(cluster, end.Token);
            var sent = (await Task.WhenAll(sending)).Sum();

            // The sessions stay until all has arrived: how much a session's end waits for is another matter.
            const string Count = "SELECT count(*) || ' ' || count(DISTINCT (name, direction)) FROM events WHERE name LIKE 'k%'";
            var (expected, watch) = ($"{2 * sent} {2 * sent}", Stopwatch.StartNew());
            string stored;
            while ((stored = await cluster.AskAsync(Count)) != expected && watch.Elapsed < Arrival)
                await Task.Delay(500, TestContext.Current.CancellationToken);
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{sent} messages there and back within {time.TotalSeconds:0} s, {kills} kills; stored and different: {stored}, the last {watch.Elapsed.TotalSeconds:0.0} s later"
            );
            Assert.Equal(expected, stored);
            foreach (var km in sessions)
            {
                Assert.Equal(0, await km.FinishAsync());
                Assert.Contains("nothing dropped", km.Errors, StringComparison.Ordinal);
            }
        }
        finally
        {
            foreach (var km in sessions)
                await km.DisposeAsync();
        }
    }

    /// <returns>How many messages were sent; the same number came back.</returns>
    private static async Task<int> SendAsync(KmProcess km, int session, CancellationToken end)
    {
        var count = 0;
        while (!end.IsCancellationRequested)
        {
            await Subscriber.SendAsync(km, $"k{session}-{count++}", padding: 200);
            await Task.Delay(Pause, CancellationToken.None);
        }

        return count;
    }

    private static async Task<int> DisturbAsync(Cluster cluster, CancellationToken end)
    {
        var kills = 0;
        while (!end.IsCancellationRequested)
        {
            await Task.Delay(Up, CancellationToken.None);
            var node = kills++ % 2;
            await cluster.KillNodeAsync(node);
            await Task.Delay(Away, CancellationToken.None);
            await cluster.StartNodeAsync(node);
        }

        return kills;
    }
}
