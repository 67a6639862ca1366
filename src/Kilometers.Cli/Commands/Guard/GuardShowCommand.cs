using System.CommandLine;
using System.Globalization;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;
using Kilometers.Definitions;

namespace Kilometers.Cli.Commands.Guard;

/// <summary><c>km guard show</c>: a server's changes, findings and history.</summary>
internal static class GuardShowCommand
{
    private const int MaxHistory = 20;

    public static Command Create()
    {
        var server = GuardCommand.Server();
        var definitions = new Option<bool>("--definitions") { Description = "Show every approved definition with its fields, too." };
        var json = PluginsCommand.Json();
        var command = new Command("show", "Show a server: what changed, what was found in it, and its history.")
        {
            server,
            definitions,
            json,
        };
        HelpWithExamples.Add(
            command,
            """
            Lines with - are what was approved, lines with + what the server sends now.

            Examples:
              km guard show files
              km guard show files --definitions
              km guard show files --json | jq .findings
            """
        );
        CommandContext.Run(command, (parsed, context, _) =>
        {
            var found = GuardAccess.Find(context, parsed.GetValue(server)!);
            if (parsed.GetValue(json))
                context.Screen.Json(GuardedServerDetails.Of(found), GuardJson.Default.GuardedServerDetails);
            else
                Show(context.Screen, found, parsed.GetValue(definitions));
            return Task.FromResult(0);
        });
        return command;
    }

    private static void Show(Screen screen, ServerRecord server, bool withDefinitions)
    {
        screen.WriteLine(TerminalText.Line($"server       {server.Label}  {server.Key[..GuardAccess.ShownKey]}"));
        screen.WriteLine(TerminalText.Line($"command      {server.Command}"));
        screen.WriteLine($"first seen   {Units.Time(server.FirstSeen)}");
        screen.WriteLine($"last seen    {Units.Time(server.LastSeen)}");
        screen.WriteLine($"definitions  {Counts(server)}");
        Part(screen, "Changes that nobody approved", [.. server.Pending.SelectMany(ChangeLines.Of)]);
        if (server.Pending.Any())
            screen.WriteLine($"Approve them with: km guard approve {server.Key[..GuardAccess.ShownKey]}");
        Part(
            screen,
            "Findings",
            [
                .. server
                    .Findings.OrderByDescending(finding => finding.Severity)
                    .ThenByDescending(finding => finding.LastSeen)
                    .SelectMany(finding => Lines(finding, server.Label)),
            ]
        );
        if (withDefinitions)
            Part(screen, "Approved definitions", [.. server.Definitions.Where(one => one.Approved is not null).SelectMany(Lines)]);
        var history = server.History.TakeLast(MaxHistory).SelectMany(Lines).ToList();
        Part(
            screen,
            server.History.Count > MaxHistory ? $"History (the last {MaxHistory} entries; --json prints all)" : "History",
            history
        );
    }

    private static void Part(Screen screen, string title, List<string> lines)
    {
        if (lines.Count == 0)
            return;
        screen.WriteLine("");
        screen.WriteLine(title);
        foreach (var line in lines)
            screen.WriteLine($"  {line}");
    }

    private static string Counts(ServerRecord server) =>
        server.Definitions.Count == 0
            ? "none"
            : string.Join(
                ", ",
                server
                    .Definitions.CountBy(one => one.Kind)
                    .OrderBy(pair => pair.Key)
                    .Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Value} {Plural(pair.Key, pair.Value)}"))
            );

    private static string Plural(DefinitionKind kind, int count) =>
        ChangeLines.Name(kind) + (count == 1 || kind == DefinitionKind.Instructions ? "" : "s");

    private static IEnumerable<string> Lines(Finding finding, string server)
    {
        yield return TerminalText.Line(
            $"{finding.Code} {finding.Severity.ToString().ToLowerInvariant()}: {finding.Subject} {finding.Summary}"
        );
        yield return TerminalText.Line($"    {finding.Evidence}");
        yield return TerminalText.Line($"    {finding.Advice.Replace("SERVER", server, StringComparison.Ordinal)}");
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"    first {Units.Time(finding.FirstSeen)}, last {Units.Time(finding.LastSeen)}, sessions: {finding.Sessions}"
        );
    }

    private static IEnumerable<string> Lines(PinnedDefinition definition) =>
        [
            $"{ChangeLines.Name(definition.Kind)} {TerminalText.Line(definition.Name)}",
            .. definition.Approved!.Select(field => TerminalText.Line($"    {field.Key}: {field.Value.Text.ReplaceLineEndings(" ↵ ")}")),
        ];

    private static IEnumerable<string> Lines(HistoryEntry entry)
    {
        var time = Units.Time(entry.Time);
        return entry switch
        {
            // An empty list is pinned, too: what comes later is a change.
            { Event: HistoryEvent.Pinned, Count: 0 } => [$"{time}  pinned: no {Plural(entry.Kind ?? default, 0)}"],
            { Event: HistoryEvent.Pinned } =>
            [
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{time}  pinned: {entry.Count} {Plural(entry.Kind ?? default, entry.Count ?? 0)}"
                ),
            ],
            { Event: HistoryEvent.Approved } => [$"{time}  approved: {Units.Many(entry.Count ?? 0, "change")}"],
            { Change: { } change } => ChangeLines.Of(change).Select((line, index) => index == 0 ? $"{time}  {line}" : line),
            _ => [],
        };
    }
}
