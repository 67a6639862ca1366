using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Faults;

/// <summary>A session with one plugin, in a directory of km of its own, whose client calls without end.</summary>
internal sealed class FaultSession : IAsyncDisposable
{
    private const string Plugin = "watcher";

    private readonly Workspace _workspace;
    private readonly string _home;
    private readonly TirelessClient _client;

    private FaultSession(Traces traces)
    {
        _workspace = traces.Workspace;
        _home = HomeOf(traces);
        Km = KmProcess.Monitor(
            Conversation.Plugins(_workspace.TestPlugin(Plugin)),
            [Programs.TestMcpServer, "jsonrpc"],
            new Dictionary<string, string>(traces.Environment) { ["KM_HOME"] = _home, ["KM_HOST"] = "" }
        );
        _client = new TirelessClient(Km);
    }

    public KmProcess Km { get; }

    public static async Task<FaultSession> StartAsync(Traces traces)
    {
        var session = new FaultSession(traces);
        await session._workspace.ActiveAsync(Plugin);
        return session;
    }

    /// <summary>The sockets in a session's directory of km.</summary>
    public static string[] SocketsOf(Traces traces) => Directory.GetFiles(Path.Combine(HomeOf(traces), "run"), "*.sock");

    public ValueTask DisposeAsync() => Km.DisposeAsync();

    /// <summary>Calls until the session is over.</summary>
    /// <returns>How many calls were answered, each exactly.</returns>
    public Task<int> WorkAsync() => _client.WorkAsync();

    public Task ApplyAsync(PlannedFault fault) =>
        fault.ApplyAsync(() =>
            fault.Victim switch
            {
                Victim.Host => Processes.HostsOf(_home).Select(id => (int?)id).FirstOrDefault(),
                Victim.Plugin => _workspace.LastProcess(Plugin),
                Victim.Relay => Km.Id,
                _ => Processes.DescendantsOf(Km.Id).Where(IsServer).Select(id => (int?)id).FirstOrDefault(),
            }
        );

    /// <summary>Waits until the plugin has seen a call that was made after now.</summary>
    public async Task<TimeSpan> PluginSeesAgainAsync()
    {
        var (start, next) = (Stopwatch.GetTimestamp(), _client.Next + 1);
        await Wait.ForAsync(
            () => Seen().Any(seen => seen.Id > next),
            () => $"the plugin to see calls from {next} on of {_client.Next}: {Km.Errors}"
        );
        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Ends the session as a client does, when the plugin has the last answer.</summary>
    public async Task EndAsync(Task<int> working)
    {
        _client.Stop();
        var last = await working - 1;
        await Wait.ForAsync(() => Seen().Contains(("Outbound", last)), () => $"the plugin to see the answer {last}: {Km.Errors}");
        Assert.Equal(0, await Km.FinishAsync());
    }

    /// <summary>Each message was seen, or the plugin was told that some are missing.</summary>
    /// <returns>The figures in words.</returns>
    public string AssertNothingIsLostSilently(int calls)
    {
        var seen = Seen().Count;
        var told = _workspace
            .Events(Plugin, "delivery.dropped")
            .Select(told => told.GetProperty("data"))
            .Sum(data => long.Parse(data.Text("items"), CultureInfo.InvariantCulture));
        var reasons = _workspace.Events(Plugin, "delivery.dropped").Select(told => told.GetProperty("data").Text("reason")).Distinct();
        var words = $"{calls} calls, {seen} messages seen, {told} told to be missing ({string.Join(", ", reasons)})";
        Assert.True(seen + told >= 2 * calls, words);
        Assert.DoesNotContain(_workspace.Record(Plugin), record => record.Text("call") == "error");
        Assert.Empty(_workspace.Events(Plugin, "stdout.noise"));
        Assert.DoesNotContain("[KM_INT_001]", Km.Errors, StringComparison.Ordinal);
        return words;
    }

    private static string HomeOf(Traces traces) => traces.Workspace.File("home");

    /// <summary>What the plugin's processes have seen, all together; some of it twice.</summary>
    private HashSet<(string Direction, int Id)> Seen() =>
        [.. _workspace.Messages(Plugin).Select(message => (message.Text("direction"), IdOf(message)))];

    private static int IdOf(JsonElement message) => int.Parse(message.Text("id"), CultureInfo.InvariantCulture);

    /// <summary>Whether a process is the server itself.</summary>
    public static bool IsServer(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline") == $"{Programs.TestMcpServer}\0jsonrpc\0";
        }
        catch (IOException)
        {
            return false; // it ended just now
        }
    }
}
