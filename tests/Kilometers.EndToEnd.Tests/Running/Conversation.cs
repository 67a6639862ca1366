using System.Globalization;
using System.Text.Json;

namespace Kilometers.EndToEnd.Tests.Running;

/// <summary>A client's side of a session with TestMcpServer's jsonrpc mode: what it asks and the exact answer that must come back.</summary>
internal static class Conversation
{
    /// <summary>The status that the server of <see cref="Server"/> ends with.</summary>
    public const int ServerStatus = 7;

    /// <summary>TestMcpServer jsonrpc, ending with <see cref="ServerStatus"/>.</summary>
    public static IReadOnlyList<string> Server => ["/bin/sh", "-c", $"\"$0\" jsonrpc; exit {ServerStatus}", Programs.TestMcpServer];

    public static IEnumerable<string> Plugins(params string[] paths) => paths.SelectMany(path => new[] { "--dev-plugin", path });

    public static string Call(int id, string text) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$$$"""{"jsonrpc":"2.0","id":{{{{id}}}},"method":"tools/call","params":{"name":"echo","arguments":{"text":"{{{{text}}}}"}}}"""
        );

    public static string Answer(int id, string text) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$$$"""{"jsonrpc":"2.0","id":{{{{id}}}},"result":{"content":[{"type":"text","text":"{{{{text}}}}"}]}}"""
        );

    /// <summary>Calls the echo tool and checks its answers, one after the other.</summary>
    public static async Task EchoAsync(this KmProcess km, int firstId, int count = 1)
    {
        for (var id = firstId; id < firstId + count; id++)
        {
            await km.SendAsync(Call(id, $"text {id}"));
            Assert.Equal(Answer(id, $"text {id}"), await km.ReadLineAsync());
        }
    }

    /// <summary>Ends the session as a client does and checks that km ends as the server did.</summary>
    public static async Task EndAsync(this KmProcess km) => Assert.Equal(ServerStatus, await km.FinishAsync());

    /// <summary>Waits until km has said something on standard error.</summary>
    public static Task SaysAsync(this KmProcess km, string text) =>
        Wait.ForAsync(() => km.Errors.Contains(text, StringComparison.Ordinal), () => $"km to say: {text}; it said: {km.Errors}");

    /// <summary>Waits until a TestPlugin has started and recorded that; gives its process id.</summary>
    public static async Task<int> StartedAsync(this Workspace workspace, string plugin)
    {
        await Wait.ForAsync(() => workspace.Record(plugin).Count > 0, $"{plugin} to start");
        return workspace.Record(plugin)[0].GetProperty("pid").GetInt32();
    }

    /// <summary>The process that a TestPlugin started last.</summary>
    public static int LastProcess(this Workspace workspace, string plugin) =>
        workspace.Record(plugin).Last(record => record.Text("call") == "start").GetProperty("pid").GetInt32();

    /// <summary>Waits until a TestPlugin is Active: the session's first event has come to it. Gives its process id.</summary>
    public static async Task<int> ActiveAsync(this Workspace workspace, string plugin)
    {
        await Wait.ForAsync(() => workspace.Events(plugin, "session.started").Count > 0, $"{plugin} to become active");
        return await workspace.StartedAsync(plugin);
    }

    /// <summary>Waits until a TestPlugin has seen this many messages.</summary>
    public static async Task<List<JsonElement>> SeenAsync(this Workspace workspace, string plugin, int count)
    {
        await Wait.ForAsync(
            () => workspace.Messages(plugin).Count >= count,
            () => $"{plugin} to see {count} messages; it saw {workspace.Messages(plugin).Count}"
        );
        return workspace.Messages(plugin);
    }

    public static List<JsonElement> Events(this Workspace workspace, string plugin, string type) =>
        [.. workspace.Record(plugin).Where(r => r.Text("call") == "event" && r.Text("type") == type)];

    public static string Text(this JsonElement record, string member) => record.GetProperty(member).GetString()!;

    public static string Text(this JsonElement record, string member, string otherwise) =>
        record.TryGetProperty(member, out var value) ? value.GetString()! : otherwise;

    public static ulong Number(this JsonElement record, string member) => record.GetProperty(member).GetUInt64();

    /// <summary>What went a direction, in the order in which a plugin saw it.</summary>
    public static string[] Payloads(this IEnumerable<JsonElement> messages, string direction) =>
        [.. messages.Where(m => m.Text("direction") == direction).Select(m => m.Text("payload"))];
}
