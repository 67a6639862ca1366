using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Control;

/// <summary>Sessions of one user with a directory of km of the test's own, and what other km see of them.</summary>
internal sealed class SessionsOfOneUser : IAsyncDisposable
{
    private readonly List<KmProcess> _sessions = [];

    public KmHomeFolder Home { get; } = new();

    public Workspace Workspace { get; } = new();

    /// <summary>Where the sessions' sockets are.</summary>
    public string Sockets => Path.Combine(Home.Path, "run");

    /// <summary>Starts a session and waits until its plugins are Active.</summary>
    public Task<KmProcess> StartAsync(string server, params string[] plugins) => StartAsync(server, hasOwnHost: false, plugins);

    /// <summary>The same, with a host that serves this session alone.</summary>
    public Task<KmProcess> StartWithOwnHostAsync(string server, params string[] plugins) => StartAsync(server, hasOwnHost: true, plugins);

    public KmProcess Monitor(string server, IEnumerable<string> command, IEnumerable<string> options, bool hasOwnHost = false)
    {
        var environment = new Dictionary<string, string>(Home.Environment);
        if (hasOwnHost)
            environment["KM_HOST"] = "private";
        var km = KmProcess.Monitor(["--name", server, .. options], command, environment);
        _sessions.Add(km);
        return km;
    }

    /// <summary>The socket of a session; null while there is none.</summary>
    public string? SocketOf(KmProcess km) =>
        Directory.Exists(Sockets) ? Directory.GetFiles(Sockets, $"{km.Id}-*.sock").SingleOrDefault() : null;

    /// <summary>What <c>km plugins status --running --json</c> says of the sessions, by their servers.</summary>
    /// <param name="silent">How many of them do not answer. On a starved machine more may not do so in time: then it is asked again.</param>
    public async Task<Dictionary<string, JsonElement>> StatusAsync(int silent = 0)
    {
        for (var start = TimeProvider.System.GetTimestamp(); ; )
        {
            var (_, output, errors) = await Home.RunAsync("plugins", "status", "--running", "--json");
            Assert.True(output.StartsWith('{'), errors);

            // Without those that have ended, but that their host still puts away.
            var sessions = JsonElement
                .Parse(output)
                .GetProperty("sessions")
                .EnumerateArray()
                .Where(session => Processes.IsAlive(session.GetProperty("pid").GetInt32()))
                .ToList();
            if (sessions.Count(session => !session.GetProperty("answers").GetBoolean()) == silent)
                return sessions.ToDictionary(session => session.Text("server", otherwise: session.GetProperty("pid").ToString()));
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Wait.Limit, output);
        }
    }

    /// <summary>One plugin of one session.</summary>
    public async Task<JsonElement> PluginAsync(string server, string plugin) =>
        (await StatusAsync())[server].GetProperty("plugins").EnumerateArray().Single(known => known.Text("name") == plugin);

    /// <summary>Runs an action, which must end with a status, and gives what it says.</summary>
    public async Task<JsonElement> ActAsync(int status, params string[] arguments)
    {
        var (ended, output, errors) = await Home.RunAsync(["plugins", .. arguments, "--json"]);
        Assert.True(ended == status, $"{string.Join(' ', arguments)}: {ended}\n{output}{errors}");
        return output.Length == 0 ? default : JsonElement.Parse(output);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var km in _sessions)
        {
            if (Processes.IsAlive(km.Id))
                KmProcess.Send(km.Id, PosixSignalNumber.Continue);
            await km.DisposeAsync();
        }

        await Wait.ForAsync(
            () => !Directory.Exists(Sockets) || Directory.GetFiles(Sockets, "*.sock").Length == 0,
            "the host to take the sockets away"
        );
        Workspace.Dispose();
        Home.Dispose();
    }

    private async Task<KmProcess> StartAsync(string server, bool hasOwnHost, string[] plugins)
    {
        var options = Conversation.Plugins([.. plugins.Select(plugin => Workspace.TestPlugin(plugin))]);
        var km = Monitor(server, Conversation.Server, options, hasOwnHost);
        foreach (var plugin in plugins)
            await Workspace.ActiveAsync(plugin);
        await Wait.ForAsync(() => SocketOf(km) is not null, "the session's socket");
        return km;
    }
}
