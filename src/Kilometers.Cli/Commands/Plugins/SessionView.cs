using System.Globalization;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.PluginHost.Control;

namespace Kilometers.Cli.Commands.Plugins;

/// <summary>Running sessions as lines: for each its facts, a table of its plugins, and what is wrong with them.</summary>
/// <param name="width">The terminal's columns; null: nothing is cut.</param>
/// <param name="hasColors">Whether to colour.</param>
/// <param name="isAscii">Whether the terminal shows nothing else.</param>
internal sealed class SessionView(int? width, bool hasColors, bool isAscii)
{
    private const string Red = "31",
        Green = "32",
        Yellow = "33",
        Dim = "2";
    private const int Indent = 2;

    private static readonly Column[] Columns =
    [
        new("PLUGIN"),
        new("STATE"),
        new("PID", 6, true),
        new("UP", 8, true),
        new("RESTARTS", 5, true),
        new("QUEUE", 3, true),
        new("BYTES", 7, true),
        new("DROPPED", 2, true),
        new("DELIVERED", 1, true),
        new("PER S", 1, true),
        new("P50", 6, true),
        new("P99", 3, true),
        new("CPU", 4, true),
        new("MEMORY", 4, true),
        new("FILES", 9, true),
        new("ISOLATION", 10),
        new("ENTITLEMENT", 11),
    ];

    private string Ellipsis => isAscii ? "~" : "…";

    private string Sign => isAscii ? "!" : "⚠";

    /// <summary>All sessions.</summary>
    /// <param name="sessions">The sessions.</param>
    /// <param name="now">When they were looked at.</param>
    /// <param name="isDetailed">Whether each plugin's history and the rest of what is known follow.</param>
    public IReadOnlyList<string> Format(IReadOnlyList<SessionListing> sessions, DateTimeOffset now, bool isDetailed)
    {
        var lines = new List<string>();
        foreach (var session in sessions)
        {
            if (lines.Count > 0)
                lines.Add("");
            Add(lines, session, now, isDetailed);
        }

        return sessions.Count == 0 ? ["No session is running."] : lines;
    }

    private void Add(List<string> lines, SessionListing session, DateTimeOffset now, bool isDetailed)
    {
        if (session.Plugins is not { } plugins)
        {
            lines.Add(
                Line(
                    $"Session {session.Session}, km {Text(session.Pid)}: {(session.Error?.Code == ErrorCode.ControlNotAnswering ? "not answering" : "cannot be shown")}",
                    Red
                )
            );
            if (session.Error is { } error)
                lines.AddRange(Wrap([$"{error.Summary} [{error.Code}]", error.Detail ?? "", error.Hint ?? ""]));
            return;
        }

        lines.Add(
            Line(
                $"Session {TerminalText.Line(session.Server ?? "", 60)}: km {Text(session.Pid)}, since {When(session.Started)} ({Units.Span(now - session.Started!.Value)})",
                "1"
            )
        );
        lines.AddRange(Wrap([$"id {session.Session}", Entitlement(session), Decided(session.Decisions)]));
        if (plugins.Count == 0)
        {
            lines.Add(new string(' ', Indent) + "no plugins");
            return;
        }

        lines.AddRange(ColumnTable.Format(Columns, [.. plugins.Select(plugin => Row(plugin, now))], Indent, width, hasColors, Ellipsis));
        foreach (var plugin in plugins)
        {
            if (Trouble(plugin, now) is { } trouble)
                lines.AddRange(Wrap([$"{Sign} {plugin.Name}: {trouble}"], plugin.State == "Active" ? Yellow : Red));
            if (isDetailed)
                lines.AddRange(Details(plugin));
        }
    }

    private static IReadOnlyList<Cell> Row(PluginReport plugin, DateTimeOffset now) =>
        [
            TerminalText.Line($"{plugin.Name} {plugin.Version}".TrimEnd(), 60),
            new(
                TerminalText.Line(plugin.State, 20),
                plugin.State switch
                {
                    "Active" => Green,
                    "Error" or PluginReport.Refused => Red,
                    "Disabled" or "Stopped" => Dim,
                    _ => Yellow,
                }
            ),
            Units.Count(plugin.Pid),
            plugin.Started is { } started ? Units.Span(now - started) : Units.None,
            Units.Count(plugin.Restarts),
            Units.Count(plugin.Queue.Items),
            Units.Bytes(plugin.Queue.Bytes),
            new(Units.Count(plugin.Queue.Dropped), plugin.Queue.Dropped > 0 ? Yellow : null),
            Units.Count(plugin.Queue.Delivered),
            Units.Rate(plugin.Queue.DeliveredPerSecond),
            Units.Milliseconds(plugin.Handler?.P50),
            Units.Milliseconds(plugin.Handler?.P99),
            Units.Percent(plugin.Resources?.CpuPercent),
            Units.Bytes(plugin.Resources?.MemoryBytes),
            Units.Count(plugin.Resources?.OpenFiles),
            plugin.Isolation.Count == 0
                ? Units.None
                : TerminalText.Line(string.Join(' ', plugin.Isolation.Select(layer => layer.Split(' ')[0]).Distinct()), 40),
            TerminalText.Line(plugin.Entitlement, 20),
        ];

    private IEnumerable<string> Details(PluginReport plugin)
    {
        var details = new List<(string Name, string Value)>
        {
            (
                "process",
                plugin.Pid is { } pid
                    ? $"{Text(pid)}, since {When(plugin.Started)}; restarts: {plugin.Restarts}"
                    : $"none; restarts: {plugin.Restarts}"
            ),
            (
                "history",
                string.Join(
                    isAscii ? " > " : " → ",
                    plugin.History.Select(change => $"{change.State}{(change.Code is null ? "" : $" [{change.Code}]")} {When(change.At)}")
                )
            ),
            (
                "queue",
                $"{Text(plugin.Queue.Items)} items, {Units.Bytes(plugin.Queue.Bytes)}; {Text(plugin.Queue.Delivered)} delivered, {Text(plugin.Queue.Dropped)} dropped"
            ),
            ("handler", $"p50 {Units.Milliseconds(plugin.Handler?.P50)}, p99 {Units.Milliseconds(plugin.Handler?.P99)}"),
            (
                "uses",
                $"CPU {Units.Percent(plugin.Resources?.CpuPercent)}, memory {Units.Bytes(plugin.Resources?.MemoryBytes)}, {Units.Count(plugin.Resources?.OpenFiles)} open files"
            ),
            (
                "isolation",
                plugin.Isolation.Count == 0
                    ? "not known"
                    : $"{string.Join(", ", plugin.Isolation)}{string.Concat(plugin.MissingIsolation.Select(layer => $"; missing {layer}"))}"
            ),
            ("entitlement", plugin.Entitlement),
        };
        if (plugin.Limits is { } limits)
            details.Add(("limits", limits));
        if (plugin.Network is { } network)
            details.Add(
                (
                    "network",
                    $"{Text(network.Connections)} connections, {Text(network.Open)} open; {Text(network.Refused)} refused, {Text(network.Failed)} failed; {Units.Bytes(network.BytesSent)} sent, {Units.Bytes(network.BytesReceived)} received"
                )
            );
        if (plugin.LastError is { } error)
            details.Add(
                (
                    "last error",
                    $"{error.Code}: {error.Summary}{(error.Detail is null ? "" : $" ({error.Detail.ReplaceLineEndings("; ")})")}"
                )
            );
        foreach (var line in Wrap([plugin.Name]))
            yield return line;
        foreach (var (name, value) in details)
        {
            foreach (
                var line in Wrap([value], null, (Indent * 2) + 13)
                    .Select((line, at) => at == 0 ? $"{new string(' ', Indent * 2)}{name, -13}{line.TrimStart()}" : line)
            )
                yield return line;
        }
    }

    private static string? Trouble(PluginReport plugin, DateTimeOffset now)
    {
        if (plugin.LastError is not { } error)
            return null;
        var next =
            plugin.NextRestart is { } at ? $"; next start in {Units.Span(at - now)}"
            : plugin.State == "Active" ? "; it runs again"
            : "";
        return $"{error.Summary} [{error.Code}]{next}";
    }

    private static string Entitlement(SessionListing session) =>
        session.Entitlement is { } entitlement ? $"entitlement {entitlement.State} ({entitlement.Tier})" : "no plugin needs an entitlement";

    private static string Decided(EntitlementDecisions? decisions) =>
        decisions is { Loads.All: > 0 } or { Messages.All: > 0 }
            ? $"decided from the cache: loads {Rate(decisions.Loads)}, messages {Rate(decisions.Messages)}"
            : "";

    private static string Rate(DecisionCount? count) =>
        count?.HitRate is { } rate
            ? string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(rate * 1000) / 10:0.#} % of {count.All}")
            : "none";

    private static string When(DateTimeOffset? time) =>
        time?.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture) ?? Units.None;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private string Line(string text, string color)
    {
        text = width is { } most ? ColumnTable.Cut(text, most, Ellipsis) : text;
        return hasColors ? $"\u001b[{color}m{text}\u001b[0m" : text;
    }

    /// <summary>Facts one after the other, on as many lines as they need; one that is longer than a line is broken at its words.</summary>
    private IEnumerable<string> Wrap(IEnumerable<string> facts, string? color = null, int indent = Indent)
    {
        var words = TerminalText.Line(string.Join("; ", facts.Where(fact => fact.Length > 0)), 4000).Split(' ');
        var most = Math.Max(width ?? int.MaxValue, indent + 10);
        var line = new string(' ', indent);
        var isEmpty = true;
        foreach (var word in words)
        {
            if (!isEmpty && line.Length + 1 + word.Length > most)
            {
                yield return Colored(line);
                line = new string(' ', indent);
                isEmpty = true;
            }

            line = isEmpty ? line + word : $"{line} {word}";
            isEmpty = false;
        }

        yield return Colored(line);

        string Colored(string text) =>
            width is { } limit && text.Length > limit ? ColumnTable.Cut(text, limit, Ellipsis)
            : color is not null && hasColors ? $"\u001b[{color}m{text}\u001b[0m"
            : text;
    }
}
