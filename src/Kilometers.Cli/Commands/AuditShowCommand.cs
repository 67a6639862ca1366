using System.CommandLine;
using System.Globalization;
using Kilometers.Audit;
using Kilometers.Cli.Commands.Completion;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;
using Kilometers.Contracts;

namespace Kilometers.Cli.Commands;

/// <summary><c>km audit show</c>: the records that pass a filter, one by one as they are read.</summary>
internal static class AuditShowCommand
{
    private const string Examples = """
        Times are UTC. What is shown is not verified; for that: km audit verify
        km audit verify proves that the log was not changed by others. Without a witness (km audit witness --help) it does not prove that you, or a
        program that runs as you, did not replace the whole log by an older or another one.

        Examples:
          km audit show --tail 20
          km audit show --since 2h --decision denied
          km audit show --since 2026-11-01 --event 'plugin.*' --plugin api-logger
          km audit show --json | jq -r .digest
          km audit show --follow --event 'session.*'
        """;

    private const int FollowTail = 10;

    public static Command Create()
    {
        var since = TimeOption.Create("--since", "From this time on: 30m, 2h or 7d ago, or a date, or a time like 2026-11-01T08:30:00Z.");
        var until = TimeOption.Create("--until", "Before this time.");
        var plugin = new Option<string?>("--plugin")
        {
            Description = "Only records about this plugin.",
            HelpName = "NAME",
            CompletionSources = { KnownNames.Plugins },
        };
        var name = new Option<string?>("--event")
        {
            Description = "Only events of this name; * matches any characters.",
            HelpName = "EVENT",
        };
        var decision = new Option<string?>("--decision")
        {
            Description = "Only this decision: allowed, denied or info.",
            HelpName = "DECISION",
        };
        var code = new Option<string?>("--code") { Description = "Only this error code.", HelpName = "CODE" };
        var tail = new Option<int?>("--tail") { Description = "Only the newest N records.", HelpName = "N" };
        var follow = new Option<bool>("--follow", "-f")
        {
            Description =
                "Wait for new records and show each as it is written, until Ctrl+C. Begins with the last 10 unless --since or --tail says otherwise.",
        };
        var json = PluginsCommand.Json();
        json.Description = "Print the records as they are kept: JSON, one per line.";
        decision.AcceptOnlyFromAmong("allowed", "denied", "info");
        tail.Validators.Add(result =>
        {
            if (
                result.Tokens is [var token]
                && !(int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0)
            )
                result.AddError($"--tail: '{token.Value}' is not a number of records, 1 or more");
        });

        var command = new Command("show", "Show the audit log, the newest record last.")
        {
            since,
            until,
            plugin,
            name,
            decision,
            code,
            tail,
            follow,
            json,
        };
        HelpWithExamples.Add(command, Examples);
        CommandContext.Run(command, async (parsed, context, cancellationToken) =>
        {
            var now = context.Time.GetUtcNow();
            var filter = new AuditFilter
            {
                Since = parsed.GetValue(since)?.Before(now),
                Until = parsed.GetValue(until)?.Before(now),
                Plugin = parsed.GetValue(plugin),
                Event = parsed.GetValue(name),
                Decision = parsed.GetValue(decision) is { } word ? Enum.Parse<AuditDecision>(word, ignoreCase: true) : null,
                Code = parsed.GetValue(code),
                Tail = parsed.GetValue(tail),
            };
            if (!parsed.GetValue(follow))
                return Show(context.Paths.Audit, filter, parsed.GetValue(json), context.Screen, context.Errors);
            if (filter is { Tail: null, Since: null })
                filter = filter with { Tail = FollowTail };
            return await FollowAsync(context, filter, parsed.GetValue(json), cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    internal static int Show(string directory, AuditFilter filter, bool isJson, Screen screen, StandardError errors)
    {
        var table = new AuditTable(screen.Width, screen.Colors);
        int shown = 0,
            unreadable = 0;
        foreach (var entry in AuditReader.Read(directory, filter))
        {
            if (!entry.IsReadable)
                unreadable++;
            if (isJson && !entry.IsReadable)
                continue;
            if (!isJson && shown == 0)
                screen.WriteLine(table.Header);
            shown++;
            screen.WriteLine(isJson ? TerminalText.Json(entry.Json, screen.IsAscii) : table.Format(entry));
        }

        if (shown == 0 && !isJson)
            screen.WriteLine("No records.");
        if (unreadable == 0)
            return 0;
        return errors.Report(
            new KmError(
                ErrorCode.AuditDamaged,
                unreadable == 1
                    ? "A line of the audit log is not a record"
                    : $"{unreadable.ToString(CultureInfo.InvariantCulture)} lines of the audit log are not records",
                Hint: "See: km audit verify"
            )
        );
    }

    private static async Task<int> FollowAsync(CommandContext context, AuditFilter filter, bool isJson, CancellationToken cancellationToken)
    {
        var table = new AuditTable(context.Screen.Width, context.Screen.Colors);
        if (!isJson)
            context.Screen.WriteLine(table.Header);
        await foreach (
            var entry in AuditReader.FollowAsync(context.Paths.Audit, filter, context.Time, cancellationToken).ConfigureAwait(false)
        )
            if (!isJson || entry.IsReadable)
                context.Screen.WriteLine(isJson ? TerminalText.Json(entry.Json, context.Screen.IsAscii) : table.Format(entry));
        return 0;
    }
}
