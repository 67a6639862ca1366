using System.CommandLine;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Commands.Recordings;
using Kilometers.Cli.Output;
using Kilometers.Recordings.Reading;

namespace Kilometers.Cli.Commands.Guard;

/// <summary><c>km guard try</c>: what rules would have reported and stopped in recorded sessions.</summary>
internal static class GuardTryCommand
{
    private const int MaxShown = 20;

    private static readonly Column[] RuleColumns =
    [
        new("RULE"),
        new("SEVERITY", 1),
        new("ACTION", 1),
        new("VIOLATIONS", IsNumber: true),
        new("STOPPED", IsNumber: true),
        new("NOT CERTAIN", 2, IsNumber: true),
        new("SESSIONS", 1, IsNumber: true),
    ];

    private static readonly Column[] ViolationColumns =
    [
        new("TIME", 2),
        new("SESSION", 1),
        new("SERVER"),
        new("CALL"),
        new("RULE"),
        new("EVIDENCE"),
    ];

    public static Command Create()
    {
        var file = GuardCheckCommand.File();
        var since = TimeOption.Create("--since", "Only sessions that began after this time, such as 7d. Default: all that are recorded.");
        var server = new Option<string?>("--server") { Description = "Only sessions of this server.", HelpName = "NAME" };
        var json = PluginsCommand.Json();
        var command = new Command("try", "Show what a file of rules would have reported and stopped in recorded sessions.")
        {
            file,
            since,
            server,
            json,
        };
        HelpWithExamples.Add(
            command,
            """
            Nothing is changed, no server is started, and no account is needed. What the recorder did not keep of a request (km's plugin recorder,
            setting payloads) cannot be compared with arguments and hosts: such a violation is not certain. What is counted as stopped is stopped
            where the administrator's policy has all requests held for guard.

            Examples:
              km guard try guard.json --since 7d
              km guard try guard.json --server files --json | jq '.violations[].evidence'
            """
        );
        CommandContext.Run(command, (parsed, context, _) =>
        {
            var rules = RulesAccess.Load(parsed.GetValue(file)!, out var _);
            var from = parsed.GetValue(since)?.Before(context.Time.GetUtcNow());
            var trial = RecordingAccess.Use(context, RecordingReader.Open, reader =>
                RuleTrial.Run(reader, rules, from, parsed.GetValue(server))
            );
            if (parsed.GetValue(json))
                context.Screen.Json(trial, GuardJson.Default.RuleTrial);
            else
                Show(context.Screen, trial);
            return Task.FromResult(0);
        });
        return command;
    }

    private static void Show(Screen screen, RuleTrial trial)
    {
        screen.WriteLine(
            $"{Units.Many(trial.Requests, "request")} in {Units.Many(trial.Sessions, "session")}."
                + (trial.Stopped > 0 ? $" {Units.Count(trial.Stopped)} would have been stopped." : "")
        );
        screen.WriteLine("");
        foreach (var line in screen.Format(RuleColumns, [.. trial.Rules.Select(Row)]))
            screen.WriteLine(line.TrimEnd());
        if (trial.Violations.Count == 0)
            return;
        screen.WriteLine("");
        foreach (var line in screen.Format(ViolationColumns, [.. trial.Violations.Take(MaxShown).Select(Row)]))
            screen.WriteLine(line.TrimEnd());
        if (trial.Violations.Count > MaxShown)
            screen.WriteLine($"  … and {trial.Violations.Count - MaxShown} more: --json prints them.");
    }

    private static Cell[] Row(TriedRule rule) =>
        [
            TerminalText.Line(rule.Name),
            rule.Severity.ToString().ToLowerInvariant(),
            rule.Action.ToString().ToLowerInvariant(),
            new(Units.Count(rule.Violations), rule.Violations > 0 ? "31" : null),
            new(Units.Count(rule.Stopped), rule.Stopped > 0 ? "31" : null),
            Units.Count(rule.NotCertain),
            Units.Count(rule.Sessions),
        ];

    private static Cell[] Row(TriedViolation violation) =>
        [
            Units.Time(violation.Time),
            TerminalText.Line(RecordedSession.ShortIdOf(violation.Session)),
            TerminalText.Line(violation.Server),
            TerminalText.Line($"{violation.Method} {violation.Name}".TrimEnd(), 60),
            TerminalText.Line(violation.Rule),
            TerminalText.Line(violation.Evidence, 100),
        ];
}
