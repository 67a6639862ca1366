using System.Diagnostics;
using System.Globalization;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Supervision;

/// <summary>
/// Three plugins are killed, stopped, continued, made slow and made to print garbage, at random, while a client works. The client notices
/// nothing, not even in how long its calls take; no plugin loses anything, and nothing is left behind.
/// </summary>
[Collection(nameof(Documents.Alone))]
public sealed class ChaosTest(ITestOutputHelper output) : IDisposable
{
    /// <summary>A plugin is given up at its fifth failure within 5 minutes; what happens to it at random stays below that.</summary>
    private const int MaxFailures = 4;

    private const int PauseMilliseconds = 150;

    /// <summary>What plugins in trouble may make of the slowest calls, against a relay that does nothing else (the budget of a frozen plugin).</summary>
    private const double MaxTimesRelay = 2;

    /// <summary>Below that the machine's own noise is larger: the product's promise for every message.</summary>
    private static readonly TimeSpan MaxAdded = TimeSpan.FromMilliseconds(10);

    private static readonly string[] Plugins = ["anna", "berta", "clara"];

    /// <summary>How long; <c>KM_TEST_CHAOS_SECONDS</c>.</summary>
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(
        int.TryParse(
            Environment.GetEnvironmentVariable("KM_TEST_CHAOS_SECONDS"),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var seconds
        )
            ? seconds
            : 60
    );

    private readonly Traces _traces = new();
    private readonly Dictionary<string, Queue<TimeSpan>> _failures = Plugins.ToDictionary(name => name, _ => new Queue<TimeSpan>());
    private readonly Dictionary<string, int> _done = [];
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly List<TimeSpan> _ours = [];
    private readonly List<TimeSpan> _theirs = [];

    private Workspace Workspace => _traces.Workspace;

    public void Dispose() => _traces.Dispose();

    [Fact]
    public async Task Whatever_happens_to_its_plugins_the_session_is_exact_and_no_plugin_loses_anything()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}, {Duration.TotalSeconds} s");
        var random = new Random(seed);
        int calls;
        var skipped = new Dictionary<string, int>();
        await using var relay = await StartRelayAsync();
        await using (
            var km = KmProcess.Monitor(Conversation.Plugins([.. Plugins.Select(Plugin)]), Conversation.Server, _traces.Environment)
        )
        {
            foreach (var plugin in Plugins)
                await Workspace.ActiveAsync(plugin);
            using var over = new CancellationTokenSource();
            var working = WorkAsync(km, relay, over.Token);
            while (_watch.Elapsed < Duration && !working.IsCompleted)
            {
                await BefallAsync(Plugins[random.Next(Plugins.Length)], random);
                await Task.Delay(random.Next(2 * PauseMilliseconds), TestContext.Current.CancellationToken);
            }

            await over.CancelAsync();
            calls = await working;
            foreach (var plugin in Plugins)
                await SeenAllAsync(km, plugin, calls);
            await km.EndAsync();
            Assert.Contains(
                string.Create(CultureInfo.InvariantCulture, $"{2 * calls} messages ({calls} in, {calls} out), 0 errors"),
                km.Errors,
                StringComparison.Ordinal
            );
            foreach (var plugin in Plugins)
                skipped[plugin] = Skipped(km, plugin);
            Assert.Contains(
                skipped.Values.All(count => count == 0) ? "nothing dropped" : "it ended twice at that message",
                km.Errors,
                StringComparison.Ordinal
            );
            Assert.DoesNotContain("[KM_INT_001]", km.Errors, StringComparison.Ordinal);
        }

        foreach (var plugin in Plugins)
            IsInOrder(plugin, calls, skipped[plugin]);
        if (relay is not null)
            await relay.EndAsync();
        await _traces.AreGoneAsync();
        output.WriteLine($"{calls} calls; {string.Join(", ", _done.Select(pair => $"{pair.Value} × {pair.Key}"))}");
        Assert.SkipWhen(relay is null, "gcc is not installed: what the calls took was compared with nothing");
        var (ours, theirs) = (SlowestOfAHundred(_ours), SlowestOfAHundred(_theirs));
        output.WriteLine($"p99 {ours.TotalMilliseconds:0.00} ms through km, {theirs.TotalMilliseconds:0.00} ms through the relay");
        Assert.True(
            ours <= theirs * MaxTimesRelay || ours - theirs <= MaxAdded,
            $"99 of 100 calls took {ours.TotalMilliseconds} ms through km, and {theirs.TotalMilliseconds} ms through a relay that does nothing else"
        );
    }

    /// <summary>The relay of the benches, in front of a server of its own; null: it cannot be built here.</summary>
    private async Task<KmProcess?> StartRelayAsync()
    {
        if (!File.Exists("/usr/bin/gcc"))
            return null;
        var program = Workspace.File("relay");
        Assert.Equal(
            0,
            await Commands.RunAsync("gcc", "-O2", "-pthread", "-o", program, Path.Combine(Programs.Root, "bench", "native", "relay.c"))
        );
        return KmProcess.Start(program, [.. Conversation.Server]);
    }

    private static TimeSpan SlowestOfAHundred(List<TimeSpan> times) => times.Order().ElementAt((int)(times.Count * 0.99));

    /// <summary>The plugin reads its own faults from files beside it.</summary>
    private string Plugin(string name)
    {
        var script = File.ReadAllText(Workspace.TestPlugin(name, ("DELAY_FILE", Workspace.File(name + ".delay"))));
        return Workspace.Script(
            name,
            script.Replace(
                "exec ",
                $"if rm '{Workspace.File(name + ".garbage")}' 2>/dev/null; then head -c 500 /dev/urandom; sleep 1; exit 1; fi\nexec ",
                StringComparison.Ordinal
            )
        );
    }

    /// <summary>Calls, in turns with the relay: what the machine does to one of them it does to the other.</summary>
    private async Task<int> WorkAsync(KmProcess km, KmProcess? relay, CancellationToken over)
    {
        var calls = 0;
        while (!over.IsCancellationRequested)
        {
            for (var i = 0; i < 5; i++, calls++)
            {
                _ours.Add(await TimeAsync(km, calls));
                if (relay is not null)
                    _theirs.Add(await TimeAsync(relay, calls));
            }

            await Task.Delay(20, CancellationToken.None);
        }

        return calls;
    }

    private static async Task<TimeSpan> TimeAsync(KmProcess session, int id)
    {
        var start = Stopwatch.GetTimestamp();
        await session.EchoAsync(id);
        return Stopwatch.GetElapsedTime(start);
    }

    private async Task BefallAsync(string plugin, Random random)
    {
        var process = Workspace.LastProcess(plugin);
        switch (random.Next(8))
        {
            case 0 when MayFail(plugin, 1):
                Done("killed", plugin, 1);
                Send(process, PosixSignalNumber.Kill);
                break;
            case 1 when MayFail(plugin, 2):
                Done("killed, and garbage at its next start", plugin, 2);
                await File.WriteAllTextAsync(Workspace.File(plugin + ".garbage"), "", TestContext.Current.CancellationToken);
                Send(process, PosixSignalNumber.Kill);
                break;
            case 2 when MayFail(plugin, 1):
                Done("stopped, and killed", plugin, 1);
                Send(process, PosixSignalNumber.Stop);
                await Task.Delay(random.Next(1000), TestContext.Current.CancellationToken);
                Send(process, PosixSignalNumber.Kill);
                break;
            case 3 or 4:
                Done("stopped, and continued", plugin, 0);
                Send(process, PosixSignalNumber.Stop);
                await Task.Delay(random.Next(1000), TestContext.Current.CancellationToken);
                Send(process, PosixSignalNumber.Continue);
                break;
            case 5:
                Done("slow", plugin, 0);
                await File.WriteAllTextAsync(Workspace.File(plugin + ".delay"), "30", TestContext.Current.CancellationToken);
                await Task.Delay(random.Next(1000), TestContext.Current.CancellationToken);
                File.Delete(Workspace.File(plugin + ".delay"));
                break;
            default:
                break;
        }
    }

    private bool MayFail(string plugin, int times)
    {
        var failures = _failures[plugin];
        while (failures.TryPeek(out var oldest) && _watch.Elapsed - oldest > TimeSpan.FromMinutes(6))
            failures.Dequeue();
        return failures.Count + times <= MaxFailures && !File.Exists(Workspace.File(plugin + ".garbage"));
    }

    private void Done(string what, string plugin, int failures)
    {
        _done[what] = _done.GetValueOrDefault(what) + 1;
        for (var i = 0; i < failures; i++)
            _failures[plugin].Enqueue(_watch.Elapsed);
    }

    private static void Send(int process, PosixSignalNumber signal)
    {
        // It may have been killed a moment ago, and its successor have written nothing yet.
        if (Processes.IsAlive(process))
            KmProcess.Send(process, signal);
    }

    private async Task SeenAllAsync(KmProcess km, string plugin, int calls) =>
        await Wait.ForAsync(
            () => Sequences(plugin).Distinct().Count() + Skipped(km, plugin) == 2 * calls,
            () => $"{plugin} to see all {2 * calls} messages; it saw {Sequences(plugin).Distinct().Count()}\n{km.Errors}"
        );

    /// <summary>A message at which the plugin was killed twice, by chance, is taken for the cause: km skips it, and says so.</summary>
    private static int Skipped(KmProcess km, string plugin) =>
        km.Errors.Split($"Plugin '{plugin}' failed twice on the same message").Length - 1;

    /// <summary>Each of its processes saw a run without a gap that begins no later than where the one before had ended.</summary>
    private void IsInOrder(string plugin, int calls, int skipped)
    {
        ulong last = 1;
        foreach (var sequence in Sequences(plugin))
        {
            for (; skipped > 0 && sequence == last + 2; skipped--)
                last++;
            Assert.True(sequence <= last + 1, $"{plugin}: {sequence} after {last}");
            last = sequence;
        }

        Assert.Equal(0, skipped);
        Assert.Equal((ulong)(2 * calls) + 1, last);
    }

    private List<ulong> Sequences(string plugin) => [.. Workspace.Messages(plugin).Select(message => message.Number("sequence"))];
}
