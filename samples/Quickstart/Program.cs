// The main job in one run. A publisher packs and signs the console logger; an operator runs the API and makes a Pro customer; the user
// installs the logger, signs in and gets the api-logger that is built for them. Then a real MCP client (this program) talks to a real MCP
// server (samples/McpServer) through `km monitor`: the console logger shows every message, the recorder keeps them for `km logs` and
// `km stats`, the api-logger sends them to the API, and a downgrade reaches the running session. Everything lives in a temporary folder. Exits with 1 if anything is not as expected.

using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Kilometers.Samples.Quickstart;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

var programs = new BuiltPrograms(AppContext.BaseDirectory);
var words = new ConcurrentQueue<string>();
var steps = new Steps();
var secret = Guid.NewGuid().ToString("N");

var folder = Directory.CreateTempSubdirectory("km-quickstart-").FullName;
var keys = Path.Combine(folder, "keys");
var home = new Dictionary<string, string>
{
    ["KM_HOME"] = Path.Combine(folder, "home"),
    ["KM_KEYS"] = keys,
    // What we were started with is what km, the server and the plugin need, should .NET not lie in a standard place.
    ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")),
    [BuiltPrograms.Profiling] = "0",
};

Steps.Heading("First, km and the other programs are built (about a minute, the first time)");

// Keys take seconds to make, and a build leaves processors idle: the publisher begins as soon as there is a kmpkg.
Task<FinishedProgram>? making = null;
await steps.RunAsync("dotnet build", () => programs.BuildAsync(project =>
    {
        if (project == "Kilometers.Packager")
            making = MakeKeysAsync();
    }));
if (steps.Failed > 0)
{
    if (making is not null)
        await making;
    Directory.Delete(folder, recursive: true);
    return 1;
}

Steps.Heading("The publisher makes keys, packs and signs the console logger and the recorder");
await steps.RunAsync("kmpkg keys init", async () => BuiltPrograms.Show(await (making ?? MakeKeysAsync())));

// The operator's API starts beside the packing.
var starting = ApiServer.StartAsync(programs.Api, Path.Combine(folder, "api"), keys, home);
foreach (
    var (manifest, payload) in ((string, string)[])
        [(programs.ConsoleLoggerManifest, programs.ConsoleLogger), (programs.RecorderManifest, programs.Recorder)]
)
    await steps.RunAsync("kmpkg pack --sign", () =>
        BuiltPrograms.RunAsync(programs.Packager, home, "pack", "--manifest", manifest, "--payload", payload, "--output", folder, "--sign")
    );

Steps.Heading("An operator runs the API (SQLite), publishes the api-logger, and makes a Pro customer");
var api = await starting;
await using var running = api;
string customer = "",
    key = "";
await steps.RunAsync("km-api admin releases publish", async () =>
{
    var release = await api.AdminAsync(
        "releases",
        "publish",
        "--manifest",
        programs.ApiLoggerManifest,
        "--payload",
        programs.ApiLogger,
        "--platform",
        BuiltPrograms.Platform,
        "--source",
        "samples/Quickstart"
    );
    return (true, $"{release.GetProperty("name")} {release.GetProperty("version")}, {release.GetProperty("platform")}");
});
await steps.RunAsync("km-api admin customers create", async () =>
{
    customer = (await api.AdminAsync("customers", "create", "--name", "Quickstart Ltd", "--tier", "Pro")).GetProperty("id").GetString()!;
    key = (await api.AdminAsync("keys", "create", customer, "--name", "quickstart")).GetProperty("key").GetString()!;
    return (true, $"{customer}, and a key that is shown once");
});

Steps.Heading("The user trusts the publisher, installs console logger and recorder, signs in, and gets the plugins of the subscription");
await steps.RunAsync("km trust add", () =>
    BuiltPrograms.RunAsync(programs.Km, home, "trust", "add", Path.Combine(keys, "root", "cert.pem"), "--yes")
);
foreach (var package in Directory.GetFiles(folder, "*.kmpkg").Order(StringComparer.Ordinal))
    await steps.RunAsync("km plugins install", () => BuiltPrograms.RunAsync(programs.Km, home, "plugins", "install", package, "--yes"));

await steps.RunAsync("km init --auto-provision-plugins", () =>
    BuiltPrograms.RunAsync(
        programs.Km,
        new Dictionary<string, string>(home) { ["KM_API_KEY"] = key },
        "init",
        "--endpoint",
        api.Endpoint,
        "--auto-provision-plugins",
        "--yes"
    )
);
await steps.RunAsync("km auth status", () => BuiltPrograms.RunAsync(programs.Km, home, "auth", "status"));

// So that a change of the subscription shows within seconds; by default km looks every 5 minutes.
home["KM_ENTITLEMENT_REFRESH"] = "1";

Steps.Heading("Starting");
Console.WriteLine("  client -> km monitor --name quickstart -- McpServer");
var transport = new StdioClientTransport(
    new StdioClientTransportOptions
    {
        Name = "quickstart",
        Command = programs.Km,
        Arguments = ["monitor", "--name", "quickstart", "--", programs.McpServer],
        EnvironmentVariables = home.ToDictionary(variable => variable.Key, variable => (string?)variable.Value),
        StandardErrorLines = line =>
        {
            words.Enqueue(line);
            Console.WriteLine($"  km| {line}");
        },
    }
);

Steps.Heading("The session, as client, km and plugin see it (km| is km's stderr)");
ClientCompletionDetails? end = null;
await steps.RunAsync("connect and disconnect", async () =>
{
    using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
    var client = await McpClient.CreateAsync(transport, cancellationToken: deadline.Token);
    await using (client)
    {
        await UseAsync(client);
    }
    end = await client.Completion;
    return (client.ServerInfo?.Name == "sample-server", $"{client.ServerInfo?.Name}, MCP {client.NegotiatedProtocolVersion}");
});

Steps.Heading("What happened");
var status = (end as StdioClientCompletionDetails)?.ExitCode;
steps.Report(status == 0, "km's exit status is the server's", status?.ToString() ?? "unknown");
steps.Report(IsLoaded("console-logger"), "the free plugin was loaded", "console-logger, Free tier");
steps.Report(IsLoaded("recorder"), "the recorder was loaded", "recorder, Free tier");
steps.Report(IsLoaded("api-logger"), "the provisioned plugin was loaded", "api-logger, Pro tier");
var seen = CallsSeen();
steps.Report(seen >= 5, "the console logger saw the tool calls", $"{seen} lines about tools/call");
await steps.RunAsync("km plugins list", () => BuiltPrograms.RunAsync(programs.Km, home, "plugins", "list"));

Steps.Heading("The same session from the recorder's file");
await UntilAsync(async () =>
    (await BuiltPrograms.ReadAsync(programs.Km, home, "logs", "last", "--json")).Contains("fail", StringComparison.Ordinal)
);
await steps.RunAsync("km logs", () => BuiltPrograms.RunAsync(programs.Km, home, "logs", "last"));
await steps.RunAsync("km stats", () => BuiltPrograms.RunAsync(programs.Km, home, "stats"));
await api.DisposeAsync();
Directory.Delete(folder, recursive: true);
Console.WriteLine(
    $"\n{steps.Passed} as expected, {steps.Failed} not; km wrote {words.Count} lines to its stderr and nothing of its own to stdout."
);
return steps.Failed == 0 ? 0 : 1;

Task<FinishedProgram> MakeKeysAsync() =>
    BuiltPrograms.FinishAsync(programs.Packager, home, "keys", "init", "--organization", "Example Ltd");

bool IsLoaded(string plugin) => words.Any(line => line.Contains($"✓ {plugin} v", StringComparison.Ordinal));

int CallsSeen() => words.Count(line => line.Contains("tools/call", StringComparison.Ordinal));

async Task UseAsync(McpClient client)
{
    await steps.RunAsync("tools/list", async () =>
    {
        var tools = await client.ListToolsAsync();
        return (tools.Count == 4, string.Join(", ", tools.Select(tool => tool.Name)));
    });
    await CallAsync(client, "add", new() { ["a"] = 19, ["b"] = 23 }, isError: false, "42");
    await CallAsync(client, "echo", new() { ["text"] = "a mile is 1.609 km" }, isError: false, "a mile is 1.609 km");
    await CallAsync(client, "echo", new() { ["text"] = $"password={secret}" }, isError: false, secret);
    await CallAsync(client, "slow", new() { ["milliseconds"] = 200 }, isError: false, "waited 200 ms");
    await CallAsync(client, "fail", [], isError: true, "this tool always fails");
    // Plugins load and work beside the session, never in its way: give them time for the last answer.
    await UntilAsync(() => Task.FromResult(CallsSeen() >= 5));
    await steps.RunAsync("the API has the events", ShowEventsAsync);
    await steps.RunAsync("downgrade to Free while the session runs", async () =>
    {
        await api.AdminAsync("customers", "subscribe", customer, "--tier", "Free");
        var isEnded = await UntilAsync(() =>
            Task.FromResult(words.Any(line => line.Contains("'api-logger' requires Pro subscription", StringComparison.Ordinal)))
        );
        return (isEnded, isEnded ? "the api-logger ended, the session and the console logger go on" : "the api-logger still runs");
    });
    await CallAsync(client, "add", new() { ["a"] = 1, ["b"] = 2 }, isError: false, "3");
}

async Task<(bool Ok, string Said)> ShowEventsAsync()
{
    List<JsonElement> events = [];
    await UntilAsync(async () => (events = await api.EventsAsync(key)).Count(IsCall) >= 10);
    foreach (var item in events.AsEnumerable().Reverse())
        Console.WriteLine(
            $"  api| {item.GetProperty("timestamp")} {item.GetProperty("direction"), -8} {item.GetProperty("kind"), -13} {(item.TryGetProperty("method", out var method) ? method.ToString() : ""), -28} {item.GetProperty("size"), 6} bytes"
        );
    var isMasked = events.All(item =>
        !item.TryGetProperty("payload", out var payload)
        || !Encoding.UTF8.GetString(payload.GetBytesFromBase64()).Contains(secret, StringComparison.Ordinal)
    );
    return (
        events.Count(IsCall) == 10 && isMasked,
        $"{events.Count} events, {events.Count(IsCall)} of them calls and their answers; the password is {(isMasked ? "in none" : "IN THEM")}"
    );

    static bool IsCall(JsonElement item) => item.TryGetProperty("method", out var method) && method.GetString() == "tools/call";
}

static async Task<bool> UntilAsync(Func<Task<bool>> condition)
{
    for (var waited = 0; waited < 30_000; waited += 100)
    {
        if (await condition())
            return true;
        await Task.Delay(100);
    }

    return false;
}

Task CallAsync(McpClient client, string tool, Dictionary<string, object?> arguments, bool isError, string expected) =>
    steps.RunAsync($"tools/call {tool}", async () =>
    {
        var result = await client.CallToolAsync(tool, arguments);
        var text = string.Concat(result.Content.OfType<TextContentBlock>().Select(block => block.Text));
        return (
            (result.IsError ?? false) == isError && text.Contains(expected, StringComparison.Ordinal),
            isError ? $"an error, as it should: {text}" : text
        );
    });
