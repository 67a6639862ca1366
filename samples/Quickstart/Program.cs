// The main job in one run: the console logger is packed and signed, installed, and then a real MCP client (this program) talks to a
// real MCP server (samples/McpServer) through `km monitor`, while the logger, a plugin in a process of its own, shows every message.
// Keys, packages and settings live in a temporary folder. Exits with 1 if anything is not as expected.

using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Kilometers.Samples.Quickstart;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

var programs = new BuiltPrograms(AppContext.BaseDirectory);
var words = new ConcurrentQueue<string>();
var steps = new Steps();

var folder = Directory.CreateTempSubdirectory("km-quickstart-").FullName;
var keys = Path.Combine(folder, "keys");
var home = new Dictionary<string, string>
{
    ["KM_HOME"] = Path.Combine(folder, "home"),
    ["KM_KEYS"] = keys,
    // What we were started with is what km, the server and the plugin need, should .NET not lie in a standard place.
    ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")),
};

Steps.Heading("The publisher makes keys, packs and signs the console logger");
await steps.RunAsync("kmpkg keys init", () => BuiltPrograms.RunAsync(programs.Packager, home, "keys", "init"));
await steps.RunAsync("kmpkg pack --sign", () => BuiltPrograms.RunAsync(
    programs.Packager, home, "pack", "--manifest", programs.ConsoleLoggerManifest, "--payload", programs.ConsoleLogger, "--output", folder, "--sign"));

Steps.Heading("The user trusts the publisher and installs the package");
await steps.RunAsync("km trust add", () => BuiltPrograms.RunAsync(programs.Km, home, "trust", "add", Path.Combine(keys, "root", "cert.pem"), "--yes"));
await steps.RunAsync("km plugins install", () => BuiltPrograms.RunAsync(programs.Km, home, "plugins", "install", Directory.GetFiles(folder, "*.kmpkg").Single(), "--yes"));

Steps.Heading("Starting");
Console.WriteLine("  client -> km monitor --name quickstart -- McpServer");
var transport = new StdioClientTransport(new StdioClientTransportOptions
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
});

Steps.Heading("The session, as client, km and plugin see it (km| is km's stderr)");
ClientCompletionDetails? end = null;
await steps.RunAsync("connect and disconnect", async () =>
{
    using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
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
var loaded = words.Any(line => line.Contains("console-logger", StringComparison.Ordinal) && line.Contains("Free", StringComparison.Ordinal));
steps.Report(loaded, "the plugin was loaded", loaded ? "console-logger, Free tier" : "no such line on km's stderr");
var seen = CallsSeen();
steps.Report(seen >= 4, "the plugin saw the tool calls", $"{seen} lines about tools/call");
Directory.Delete(folder, recursive: true);
Console.WriteLine($"\n{steps.Passed} as expected, {steps.Failed} not; km wrote {words.Count} lines to its stderr and nothing of its own to stdout.");
return steps.Failed == 0 ? 0 : 1;

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
    await CallAsync(client, "slow", new() { ["milliseconds"] = 200 }, isError: false, "waited 200 ms");
    await CallAsync(client, "fail", [], isError: true, "this tool always fails");
    // Plugins load and work beside the session, never in its way: give the logger time to show the last answer.
    for (var waited = 0; CallsSeen() < 4 && waited < 10_000; waited += 50) await Task.Delay(50);
}

Task CallAsync(McpClient client, string tool, Dictionary<string, object?> arguments, bool isError, string expected) =>
    steps.RunAsync($"tools/call {tool}", async () =>
    {
        var result = await client.CallToolAsync(tool, arguments);
        var text = string.Concat(result.Content.OfType<TextContentBlock>().Select(block => block.Text));
        return ((result.IsError ?? false) == isError && text.Contains(expected, StringComparison.Ordinal), isError ? $"an error, as it should: {text}" : text);
    });
