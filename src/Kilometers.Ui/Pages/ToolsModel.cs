using Kilometers.Recordings.Reading;
using Kilometers.Recordings.Tokens;

namespace Kilometers.Ui.Pages;

/// <summary>Figures of tools.</summary>
/// <param name="Head">Of which session; null: of all.</param>
/// <param name="Scope">Which time and server; null: those of the session.</param>
/// <param name="By">What they are counted by.</param>
/// <param name="Figures">The figures.</param>
/// <param name="Offered">The newest definition of each tool by name; of servers that announce the same name, of the first.</param>
/// <param name="NeverCalled">Tools that were announced and not called, the largest first.</param>
/// <param name="Tokens">The tokens of definitions by their row, as far as they were counted.</param>
/// <param name="Backlog">The calls whose tokens are not counted yet.</param>
/// <param name="Findings">How many findings there are of each tool.</param>
public sealed record ToolsModel(
    SessionHead? Head,
    Scope? Scope,
    StatisticsKey By,
    IReadOnlyList<CallFigures> Figures,
    IReadOnlyDictionary<string, DefinitionVersion> Offered,
    IReadOnlyList<DefinitionVersion> NeverCalled,
    IReadOnlyDictionary<long, int> Tokens,
    TokenBacklog Backlog,
    IReadOnlyDictionary<string, int> Findings
)
{
    /// <summary>The tokens of calls; a placeholder while they are counted.</summary>
    public string TokensOf(long tokens) =>
        Backlog.Bytes == 0 ? Kilometers.Cli.Output.Units.Count(tokens)
        : Backlog.IsSmall ? "…"
        : Kilometers.Cli.Output.Units.None;

    /// <summary>The tokens of a definition; a placeholder while they are counted.</summary>
    public string TokensOf(DefinitionVersion? definition) =>
        definition is null ? Kilometers.Cli.Output.Units.None
        : Tokens.TryGetValue(definition.Id, out var tokens) ? Kilometers.Cli.Output.Units.Count(tokens)
        : "…";

    /// <summary>The tokens of all tools that were never called; null while they are counted.</summary>
    public long? NeverCalledTokens =>
        NeverCalled.All(tool => Tokens.ContainsKey(tool.Id)) ? NeverCalled.Sum(tool => (long)Tokens[tool.Id]) : null;

    /// <summary>Where the findings of a tool are.</summary>
    public string FindingsOf(string tool)
    {
        var filter = "tool=" + Uri.EscapeDataString(tool);
        if (Head is { } head)
            return Links.Session(head.Session.Key, "findings") + "?" + filter;
        var server = Scope?.Server is { } one ? "&server=" + Uri.EscapeDataString(one) : "";
        return $"/findings?since={Scope?.Since}{server}&{filter}";
    }

    /// <summary>Where a row leads: the calls that it counts.</summary>
    public string LinkOf(CallFigures figures)
    {
        ArgumentNullException.ThrowIfNull(figures);
        if (figures.Key.Length == 0)
            return "";
        var filter = By switch
        {
            StatisticsKey.Tool => Links.Filter("tool", figures.Key) + " method:tools/call",
            StatisticsKey.Method => Links.Filter("method", figures.Key),
            StatisticsKey.Server => Links.Filter("server", figures.Key),
            StatisticsKey.Client => Links.Filter("client", figures.Key),
            _ => "",
        };
        if (filter.Length == 0)
            return "";
        return Head is { } head
            ? Links.Session(head.Session.Key) + "?q=" + Uri.EscapeDataString(filter)
            : Links.Search(filter + Scope?.AsFilters);
    }
}

/// <summary>Which time and server figures are of.</summary>
/// <param name="Since">As it was typed, such as <c>7d</c>.</param>
/// <param name="Server">The server's label; null: all.</param>
/// <param name="Servers">Servers that there are.</param>
public sealed record Scope(string Since, string? Server, IReadOnlyList<string> Servers)
{
    /// <summary>Times that can be chosen.</summary>
    public static IReadOnlyList<(string Value, string Title)> Times { get; } =
    [("1h", "last hour"), ("24h", "last 24 hours"), ("7d", "last 7 days"), ("30d", "last 30 days"), ("36500d", "all")];

    /// <summary>As the end of a text of filters.</summary>
    public string AsFilters => " since:" + Since + (Server is null ? "" : " " + Links.Filter("server", Server));
}
