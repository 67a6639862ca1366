using System.CommandLine;
using Kilometers.Audit;
using Kilometers.Cli.Commands.Completion;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.PluginHost.Control;
using Kilometers.PluginHost.Installation;

namespace Kilometers.Cli.Commands.Plugins;

/// <summary><c>km plugins enable|disable|restart NAME</c>: acts on running sessions, and remembers for those to come.</summary>
internal static class ActionCommand
{
    public static Command CreateEnable() =>
        Create(
            ControlAction.Enable,
            "Enable a disabled plugin, in running sessions and in future ones.",
            """
            Examples:
              km plugins enable api-logger
              km plugins enable api-logger --server files
            """
        );

    public static Command CreateDisable() =>
        Create(
            ControlAction.Disable,
            "Stop a plugin in running sessions and keep it from starting until you enable it again.",
            """
            It stays installed, and disabled until: km plugins enable NAME
            With --session or --server it affects only those sessions, and future sessions run the plugin again.

            Examples:
              km plugins disable api-logger
              km plugins disable api-logger --server files
            """
        );

    public static Command CreateRestart() =>
        Create(
            ControlAction.Restart,
            "Restart a plugin in running sessions, even one that km has stopped retrying. Unacknowledged messages are redelivered.",
            """
            Examples:
              km plugins restart api-logger
              km plugins restart api-logger --session 0199c2f4
            """
        );

    private static Command Create(ControlAction action, string description, string examples)
    {
        var name = new Argument<string>("NAME") { Description = "The plugin.", CompletionSources = { KnownNames.Plugins } };
        var session = new Option<string?>("--session")
        {
            Description = "Only in this session: its id, or the beginning of it.",
            HelpName = "ID",
            CompletionSources = { KnownNames.Sessions },
        };
        var server = new Option<string?>("--server") { Description = "Only in sessions with this server's label.", HelpName = "LABEL" };
        var json = PluginsCommand.Json();
        var command = new Command(ControlProtocol.Name(action), description) { name, session, server, json };
        HelpWithExamples.Add(command, examples);
        CommandContext.Run(command, async (parsed, context, cancellationToken) =>
        {
            var chosen = new SessionChoice(parsed.GetValue(session), parsed.GetValue(server));
            var report = await RunAsync(context, action, parsed.GetValue(name)!, chosen, cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(json))
                context.Screen.Json(report, CommandJsonContext.Default.ActionReport);
            else
                Show(context, report, action);
            return report.Sessions.All(outcome => outcome.IsGood) ? 0 : 1;
        });
        return command;
    }

    /// <exception cref="KmException">There is nothing that it could be done to, or it cannot be remembered.</exception>
    private static async Task<ActionReport> RunAsync(
        CommandContext context,
        ControlAction action,
        string plugin,
        SessionChoice chosen,
        CancellationToken cancellationToken
    )
    {
        var client = ControlClient.Create(context.Paths.Home, context.Time);
        client.EnsureMayAct();
        if (!PluginName.IsValid(plugin))
            throw PluginInstaller.NotInstalled(plugin);
        if (action == ControlAction.Disable && context.Rules.WhyKept(plugin) is { } kept)
        {
            context.Audit.Append(
                new AuditRecord
                {
                    Event = "plugin.disabled",
                    Decision = AuditDecision.Denied,
                    Plugin = plugin,
                    Code = kept.Code,
                    Detail = kept.Summary,
                }
            );
            throw new KmException(kept);
        }

        var sessions = (await client.StatusAsync(ControlClient.PatientLimit, cancellationToken).ConfigureAwait(false))
            .Where(chosen.Fits)
            .ToList();
        var isInstalled = PluginListing.Find(context, context.Policy(out _)).Found.Any(package => package.Name == plugin);
        if (chosen.IsNarrow && sessions.Count == 0)
            throw new KmException(
                new KmError(ErrorCode.NoSession, "No running session matches", chosen.ToString(), "See: km plugins status --running")
            );
        if (
            !isInstalled
            && !chosen.IsNarrow
            && !sessions.Exists(answer => answer.Report?.Plugins.Any(known => known.Name == plugin) != false)
        )
            throw PluginInstaller.NotInstalled(plugin);

        // Who is refused everywhere must not change what sessions to come do either.
        if (sessions.Count > 0 && sessions.TrueForAll(answer => answer.Error?.Code == ErrorCode.ControlForbidden))
            throw new KmException(sessions[0].Error!);

        // First for the sessions to come: one that begins in between must not miss it.
        bool? isRemembered = action == ControlAction.Restart || chosen.IsNarrow || !isInstalled ? null : Remember(context, action, plugin);
        var outcomes = await Task.WhenAll(
                sessions.Select(answer => ActAsync(client, answer, action, plugin, chosen.IsNarrow, cancellationToken))
            )
            .ConfigureAwait(false);
        if (action == ControlAction.Restart && !chosen.IsNarrow && outcomes.All(outcome => outcome.Outcome is SessionOutcome.NotThere))
            throw new KmException(
                new KmError(ErrorCode.NoSession, $"Plugin '{plugin}' runs in no session", Hint: "It starts with the next km monitor.")
            );
        return new ActionReport
        {
            Action = ControlProtocol.Name(action),
            Plugin = plugin,
            Remembered = isRemembered,
            Sessions = outcomes,
        };
    }

    /// <returns>Whether that changed anything.</returns>
    private static bool Remember(CommandContext context, ControlAction action, string plugin)
    {
        var disabled = new DisabledPlugins(context.Paths.Disabled);
        var isDisabling = action == ControlAction.Disable;
        if (disabled.Contains(plugin) == isDisabling)
            return false;

        // To run less needs no record to be allowed; to run more does.
        var record = new AuditRecord
        {
            Event = isDisabling ? "plugin.disabled" : "plugin.enabled",
            Decision = isDisabling ? AuditDecision.Info : AuditDecision.Allowed,
            Plugin = plugin,
            Detail = "for sessions to come",
        };
        try
        {
            context.Audit.Append(record);
        }
        catch (KmException e) when (isDisabling)
        {
            context.Errors.Warn(e.Error);
        }

        disabled.Set(plugin, isDisabling);
        return true;
    }

    private static async Task<SessionOutcome> ActAsync(
        ControlClient client,
        SessionAnswer session,
        ControlAction action,
        string plugin,
        bool isNarrow,
        CancellationToken cancellationToken
    )
    {
        var outcome = new SessionOutcome
        {
            Pid = session.Address.Pid,
            Session = session.Address.Session,
            Server = session.Report?.Server,
            Outcome = SessionOutcome.Done,
        };
        if (session.Report is null)
            return outcome with
            {
                Outcome = session.IsAnswering ? SessionOutcome.Failed : SessionOutcome.NotAnswering,
                Error = session.Error,
            };
        var answer = await client.ActAsync(session.Address, action, plugin, cancellationToken).ConfigureAwait(false);
        return answer switch
        {
            null => outcome with { Outcome = SessionOutcome.Ended },
            { Error: null } => outcome,
            { Error.Code: ErrorCode.PluginNotInSession } => outcome with
            {
                Outcome = SessionOutcome.NotThere,
                Error = isNarrow ? answer.Error : null,
            },
            { IsAnswering: false } => outcome with { Outcome = SessionOutcome.NotAnswering, Error = answer.Error },
            _ => outcome with { Outcome = SessionOutcome.Failed, Error = answer.Error },
        };
    }

    private static void Show(CommandContext context, ActionReport report, ControlAction action)
    {
        var screen = context.Screen;
        var done = action switch
        {
            ControlAction.Enable => "enabled",
            ControlAction.Disable => "disabled",
            _ => "restarted",
        };
        if (report.Remembered is { } isNew)
            screen.WriteLine(
                $"{context.Errors.Glyphs.Success} {report.Plugin} {(isNew ? "is" : "was already")} {done}{(action == ControlAction.Disable ? $" until: km plugins enable {report.Plugin}" : "")}"
            );
        if (report.Sessions.Count == 0)
        {
            screen.WriteLine("No session is running.");
            return;
        }

        foreach (
            var line in ColumnTable.Format(
                [new("SERVER"), new("KM", 2, true), new("SESSION", 1), new("OUTCOME")],
                [
                    .. report.Sessions.Select(outcome =>
                        (IReadOnlyList<Cell>)
                            [
                                TerminalText.Line(outcome.Server ?? Units.None, 60),
                                Units.Count(outcome.Pid),
                                outcome.Session,
                                outcome.Outcome == SessionOutcome.Done ? done : outcome.Outcome,
                            ]
                    ),
                ],
                0,
                screen.Width,
                screen.Colors,
                screen.IsAscii ? "~" : "…"
            )
        )
            screen.WriteLine(line);
        foreach (var error in report.Sessions.Select(outcome => outcome.Error).OfType<KmError>().Distinct())
            context.Errors.Warn(error);
    }
}

/// <summary>Which sessions are meant.</summary>
/// <param name="Session">The beginning of an id; null: any.</param>
/// <param name="Server">A label; null: any.</param>
internal sealed record SessionChoice(string? Session, string? Server)
{
    /// <summary>Whether not simply all are.</summary>
    public bool IsNarrow => Session is not null || Server is not null;

    /// <summary>Of a session that does not answer the label is not known: it is not passed over in silence.</summary>
    public bool Fits(SessionAnswer answer) =>
        (Session is null || (Session.Length > 0 && answer.Address.Session.StartsWith(Session, StringComparison.OrdinalIgnoreCase)))
        && (Server is null || answer.Report is not { } report || report.Server == Server);

    public override string ToString() =>
        string.Join(
            ", ",
            new[]
            {
                Session is null ? null : $"session {TerminalText.Line(Session)}",
                Server is null ? null : $"server {TerminalText.Line(Server)}",
            }.OfType<string>()
        );
}

/// <summary>What <c>km plugins enable|disable|restart --json</c> prints.</summary>
internal sealed record ActionReport
{
    public int Version { get; init; } = 1;

    /// <summary><c>enable</c>, <c>disable</c> or <c>restart</c>.</summary>
    public required string Action { get; init; }

    public required string Plugin { get; init; }

    /// <summary>Whether it changed what sessions to come do; null where it has nothing to do with them.</summary>
    public bool? Remembered { get; init; }

    public required IReadOnlyList<SessionOutcome> Sessions { get; init; }
}

/// <summary>What became of it in one session.</summary>
internal sealed record SessionOutcome
{
    public const string Done = "done";
    public const string NotThere = "no such plugin";
    public const string NotAnswering = "not answering";
    public const string Ended = "has ended";
    public const string Failed = "failed";

    public required int Pid { get; init; }

    public required string Session { get; init; }

    public string? Server { get; init; }

    /// <summary>One of the words above.</summary>
    public required string Outcome { get; init; }

    public KmError? Error { get; init; }

    /// <summary>A session that has no such plugin, or has ended, is fine, unless it was asked for by name.</summary>
    internal bool IsGood => Outcome is Done or Ended || (Outcome == NotThere && Error is null);
}
