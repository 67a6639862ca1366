using System.Globalization;
using Kilometers.Cli.Output;
using Kilometers.Recordings.Reading;

namespace Kilometers.Cli.Commands.Recordings;

/// <summary><c>km stats --context</c>: what the definitions of tools cost in a model's context.</summary>
internal static class ContextView
{
    private const int MaxNamed = 8;

    /// <summary>A description with more tokens is worth shortening.</summary>
    private const int LongDescription = 100;

    private static readonly Column[] ServerColumns =
    [
        new("SERVER"),
        new("TOOLS", IsNumber: true),
        new("TOKENS", IsNumber: true),
        new("NEVER CALLED", 1, IsNumber: true),
        new("TOKENS OF THOSE", 2, IsNumber: true),
    ];

    private static readonly Column[] ToolColumns =
    [
        new("TOOL"),
        new("SERVER", 1),
        new("TOKENS", IsNumber: true),
        new("DESCRIPTION", 2, IsNumber: true),
        new("CALLS", IsNumber: true),
    ];

    public static async Task<int> ShowAsync(
        CommandContext context,
        IReadOnlyList<OfferedTool> tools,
        DateTimeOffset? since,
        bool isJson,
        CancellationToken cancellationToken
    )
    {
        var texts = tools.SelectMany(tool => (string[])[tool.Definition.Content ?? "", tool.Description]).ToList();
        var counts = await TokenCounting.CountAsync(texts, context.Time, cancellationToken).ConfigureAwait(false);
        List<ToolCostListing> costs =
        [
            .. tools
                .Select(
                    (tool, at) =>
                        new ToolCostListing(tool.Definition.Server, tool.Definition.Name, counts[at * 2], counts[(at * 2) + 1], tool.Calls)
                )
                .OrderByDescending(tool => tool.Tokens),
        ];
        List<ServerCostListing> servers =
        [
            .. costs
                .GroupBy(tool => tool.Server)
                .Select(server => ServerCostListing.Of(server.Key, [.. server]))
                .OrderByDescending(server => server.Tokens),
        ];
        if (isJson)
            context.Screen.Json(new ContextReport(TokenCounting.Encoding, since, servers, costs), RecordingsJson.Default.ContextReport);
        else
            Show(context.Screen, servers, costs);
        return 0;
    }

    private static void Show(Screen screen, List<ServerCostListing> servers, List<ToolCostListing> tools)
    {
        if (tools.Count == 0)
        {
            screen.WriteLine("No tools were listed yet. They are recorded when a client lists a server's tools.");
            return;
        }

        foreach (var line in screen.Format(ServerColumns, [.. servers.Select(Row)]))
            screen.WriteLine(line);
        screen.WriteLine("");
        foreach (var line in screen.Format(ToolColumns, [.. tools.Select(Row)]))
            screen.WriteLine(line);
        screen.WriteLine("");
        foreach (var line in Advice(tools))
            screen.WriteLine(TerminalText.Line(line));
        screen.WriteLine(
            $"Tokens of tool definitions, counted with {TokenCounting.Encoding}; for models that use another encoding they are an estimate."
        );
    }

    private static IEnumerable<string> Advice(List<ToolCostListing> tools)
    {
        if (tools.Where(tool => tool.Calls == 0).ToList() is { Count: > 0 } unused)
            yield return $"Never called: {Names(unused)}. Without them: {Count(unused.Sum(tool => (long)tool.Tokens))} fewer tokens."
                + " Many clients can switch off single tools.";
        if (
            tools.Where(tool => tool.DescriptionTokens >= LongDescription).OrderByDescending(tool => tool.DescriptionTokens).ToList() is
            { Count: > 0 } wordy
        )
            yield return $"Longest descriptions: {Names(wordy)}. A shorter one costs less in every conversation.";
    }

    private static string Names(List<ToolCostListing> tools) =>
        string.Join(", ", tools.Take(MaxNamed).Select(tool => tool.Tool))
        + (tools.Count > MaxNamed ? $", and {Count(tools.Count - MaxNamed)} more" : "");

    private static string Count(long count) => count.ToString(CultureInfo.InvariantCulture);

    private static Cell[] Row(ServerCostListing server) =>
        [
            TerminalText.Line(server.Server),
            Units.Count(server.Tools),
            Units.Count(server.Tokens),
            Units.Count(server.NeverCalled),
            Units.Count(server.NeverCalledTokens),
        ];

    private static Cell[] Row(ToolCostListing tool) =>
        [
            TerminalText.Line(tool.Tool),
            TerminalText.Line(tool.Server),
            Units.Count(tool.Tokens),
            Units.Count(tool.DescriptionTokens),
            Units.Count(tool.Calls),
        ];
}

/// <summary>What <c>km stats --context --json</c> prints. Members are added, never changed.</summary>
/// <param name="Encoding">What tokens are counted with.</param>
/// <param name="Since">Calls are counted from then on; null: all.</param>
/// <param name="Servers">Sums.</param>
/// <param name="Tools">Each tool.</param>
/// <param name="Version">Of this format.</param>
internal sealed record ContextReport(
    string Encoding,
    DateTimeOffset? Since,
    IReadOnlyList<ServerCostListing> Servers,
    IReadOnlyList<ToolCostListing> Tools,
    int Version = 1
);

/// <summary>What the tools of a server cost.</summary>
internal sealed record ServerCostListing(string Server, int Tools, long Tokens, int NeverCalled, long NeverCalledTokens)
{
    public static ServerCostListing Of(string server, IReadOnlyList<ToolCostListing> tools) =>
        new(
            server,
            tools.Count,
            tools.Sum(tool => (long)tool.Tokens),
            tools.Count(tool => tool.Calls == 0),
            tools.Where(tool => tool.Calls == 0).Sum(tool => (long)tool.Tokens)
        );
}

/// <summary>What a tool costs.</summary>
internal sealed record ToolCostListing(string Server, string Tool, int Tokens, int DescriptionTokens, long Calls);
