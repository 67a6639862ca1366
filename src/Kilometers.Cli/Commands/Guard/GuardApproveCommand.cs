using System.CommandLine;
using System.Globalization;
using Kilometers.Audit;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Definitions;

namespace Kilometers.Cli.Commands.Guard;

/// <summary><c>km guard approve</c>: what a server sends now becomes what it is compared with.</summary>
internal static class GuardApproveCommand
{
    public static Command Create()
    {
        var server = GuardCommand.Server();
        var yes = PluginsCommand.Yes();
        var json = PluginsCommand.Json();
        var command = new Command("approve", "Approve the changes of a server: they are shown first.") { server, yes, json };
        HelpWithExamples.Add(
            command,
            """
            Examples:
              km guard approve files
              km guard approve 3f9a2b10 --yes
            """
        );
        CommandContext.Run(command, (parsed, context, _) =>
            Task.FromResult(
                Approve(context, GuardAccess.Find(context, parsed.GetValue(server)!), parsed.GetValue(yes), parsed.GetValue(json))
            )
        );
        return command;
    }

    private static int Approve(CommandContext context, ServerRecord server, bool isAgreed, bool isJson)
    {
        var shown = server.Pending.ToList();
        if (shown.Count == 0)
        {
            context.Done(
                isJson,
                new DoneReport("guard approve", server.Label, "0"),
                $"{TerminalText.Line(server.Label)} has no changes to approve."
            );
            return 0;
        }

        foreach (var line in shown.SelectMany(ChangeLines.Of))
            context.Errors.WriteLine(line);
        if (!Question.Ask(context.Errors, $"Approve {Units.Many(shown.Count, "change")} of {TerminalText.Line(server.Label)}?", isAgreed))
            throw new KmException(
                new KmError(ErrorCode.Declined, "Nothing was approved: not confirmed", Hint: "Run it again and confirm, or use --yes.")
            );
        // Without its record nothing is approved.
        context.Audit.Append(
            new AuditRecord
            {
                Event = "guard.approved",
                Decision = AuditDecision.Allowed,
                Plugin = GuardAccess.Plugin,
                Detail =
                    $"{server.Label}: {string.Join(", ", shown.Select(change => $"{change.Kind} {change.Name} {change.Field}".TrimEnd()))}",
                Data = new Dictionary<string, string>
                {
                    ["server"] = server.Key,
                    ["label"] = server.Label,
                    ["changes"] = shown.Count.ToString(CultureInfo.InvariantCulture),
                },
            }
        );
        if (!Change(context, server.Key, shown))
            throw new KmException(
                new KmError(
                    ErrorCode.GuardRecord,
                    $"{TerminalText.Line(server.Label)} changed again in the meantime, and nothing was approved",
                    Hint: $"Look at the changes again: km guard show {server.Key[..GuardAccess.ShownKey]}"
                )
            );
        context.Done(
            isJson,
            new DoneReport("guard approve", server.Label, shown.Count.ToString(CultureInfo.InvariantCulture)),
            $"{Units.Many(shown.Count, "change")} of {TerminalText.Line(server.Label)} approved."
        );
        return 0;
    }

    /// <summary>Approves what was shown, and nothing that came later.</summary>
    private static bool Change(CommandContext context, string key, List<DefinitionChange> shown)
    {
        try
        {
            return GuardAccess
                .Open(context)
                .Update(
                    key,
                    create: null,
                    record => record.Pending.SequenceEqual(shown) && record.Approve(context.Time.GetUtcNow()).Count > 0,
                    out _
                );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KmException(GuardAccess.Unusable(e.Message));
        }
    }
}
