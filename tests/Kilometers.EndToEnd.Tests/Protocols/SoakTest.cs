using System.Diagnostics;
using System.Globalization;
using System.Text;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Protocols;

/// <summary>A long session: nothing is lost and nothing piles up. How much memory km takes is a figure of <c>bench/relay.sh</c>.</summary>
public sealed class SoakTest(ITestOutputHelper output)
{
    private const int Messages = 1_000_000;

    /// <summary>Lines written per turn: half of them requests, and when those are back, half responses.</summary>
    private const int Batch = 2_000;

    /// <summary>How many messages the plugin may be behind: far less than its queue holds.</summary>
    private const int Window = 10_000;

    [Fact]
    public async Task A_million_messages_are_seen_once_and_in_order_and_memory_stays_flat()
    {
        using var workspace = new Workspace();
        var counts = workspace.File("counts");
        var plugin = workspace.TestPlugin("counter", ("COUNT", counts));

        // cat gives each request back as one of its own, and each response as the answer to it: every message belongs to a pair.
        await using var km = KmProcess.Monitor(Conversation.Plugins(plugin), ["cat"]);
        await workspace.ActiveAsync("counter");
        var host = Processes.HostOf(km)!.Value;
        var watch = Stopwatch.StartNew();
        var resident = new List<long>();
        for (var sent = 0; sent < Messages / 2; sent += Batch)
        {
            await RelayAsync(km, sent / 2, ",\"method\":\"soak\"}");
            await RelayAsync(km, sent / 2, ",\"result\":{}}");
            await Wait.ForAsync(() => Seen(counts).Count >= (2 * (sent + Batch)) - Window, "the plugin to keep up");
            resident.Add(Resident(km.Id) + Resident(host));
        }

        await Wait.ForAsync(() => Seen(counts).Count == Messages, () => $"the plugin to see all messages; it saw {Seen(counts).Count}");
        var time = watch.Elapsed;
        Assert.Equal(0, await km.FinishAsync());

        // A collector's sawtooth is not a growth: the last quarter's median is compared with what the first one needed.
        var quarter = resident[..(resident.Count / 4)].Max();
        var end = resident[^(resident.Count / 4)..].Order().ElementAt(resident.Count / 8);
        var most = resident.Max();
        output.WriteLine(
            $"{Messages} messages in {time.TotalSeconds:0.0} s ({Messages / time.TotalSeconds:0} per second); RssAnon of km and its host {quarter} kB in the first quarter, {end} kB (median) in the last, {most} kB at most"
        );
        Assert.Equal((Messages, 0), Seen(counts));
        Assert.Contains(
            string.Create(CultureInfo.InvariantCulture, $"{Messages} messages ({Messages / 2} in, {Messages / 2} out), 0 errors"),
            km.Errors,
            StringComparison.Ordinal
        );
        Assert.Contains("nothing dropped", km.Errors, StringComparison.Ordinal);
        Assert.True(end <= quarter * 1.25, $"RssAnon grew from {quarter} kB to {end} kB");
    }

    private static async Task RelayAsync(KmProcess km, int firstId, string rest)
    {
        var text = new StringBuilder();
        for (var id = firstId; id < firstId + (Batch / 2); id++)
            text.Append(CultureInfo.InvariantCulture, $"{{\"jsonrpc\":\"2.0\",\"id\":{id}{rest}\n");
        var bytes = Encoding.ASCII.GetBytes(text.ToString());
        var received = new byte[bytes.Length];
        var reading = km.Output.ReadExactlyAsync(received, TestContext.Current.CancellationToken).AsTask();
        await km.Input.WriteAsync(bytes, TestContext.Current.CancellationToken);
        await km.Input.FlushAsync(TestContext.Current.CancellationToken);
        await reading.WaitAsync(Wait.Limit, TestContext.Current.CancellationToken);
        Assert.True(bytes.AsSpan().SequenceEqual(received));
    }

    private static (int Count, int Violations) Seen(string path)
    {
        if (!File.Exists(path))
            return default;
        var numbers = File.ReadAllText(path).Split(' ');
        return (int.Parse(numbers[0], CultureInfo.InvariantCulture), int.Parse(numbers[1], CultureInfo.InvariantCulture));
    }

    /// <summary>Without the ring, which both have mapped and which fills up to its fixed size.</summary>
    private static long Resident(int process) =>
        long.Parse(
            File.ReadLines($"/proc/{process}/status")
                .Single(line => line.StartsWith("RssAnon:", StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2],
            CultureInfo.InvariantCulture
        );
}
