using System.CommandLine;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;
using Kilometers.Recordings.Reading;

namespace Kilometers.Cli.Commands.Recordings;

/// <summary><c>km sessions</c>: what was recorded. Without a subcommand it lists.</summary>
internal static class SessionsCommand
{
    private const string Examples = """
        A SESSION is an id or the beginning of one, a name (km sessions rename), last, or -2 for the last but one.

        Examples:
          km sessions
          km sessions --server files --since 7d
          km sessions show last
          km sessions rename last "before the upgrade"
          km sessions prune --older-than 7d
          km sessions --json | jq -r '.sessions[].id'
        """;

    private const int DefaultLimit = 20;

    private static readonly Column[] Columns =
    [
        new("SESSION"),
        new("SERVER"),
        new("STARTED", 1),
        new("LASTED", 3, IsNumber: true),
        new("CALLS", IsNumber: true),
        new("ERRORS", IsNumber: true),
        new("IN", 5, IsNumber: true),
        new("OUT", 5, IsNumber: true),
        new("CLIENT", 4),
        new("STATE", 2),
        new("NAME", 3),
    ];

    public static Command Create()
    {
        var command = new Command("sessions", "List, show, name and delete recorded sessions.");
        SetList(command);
        var list = new Command("list", "List recorded sessions, the newest first.");
        SetList(list);
        command.Add(list);
        command.Add(SessionShowCommand.Create());
        command.Add(SessionChangeCommands.CreateDelete());
        command.Add(SessionChangeCommands.CreatePrune());
        command.Add(SessionChangeCommands.CreateRename());
        HelpWithExamples.Add(command, Examples);
        HelpWithExamples.Add(list, Examples);
        return command;
    }

    /// <summary>The argument that names a session.</summary>
    public static Argument<string> Session() =>
        new("SESSION")
        {
            Description = "A session's id or its beginning, its name, last, or -2 for the last but one.",
            CompletionSources = { RecordedNames.Sessions },
        };

    /// <summary>What became of a session, in words.</summary>
    public static string State(RecordedSession session, IReadOnlySet<string> running) =>
        session.Ended is not null
            ? session.ExitCode is 0 or null
                ? "ended"
                : TerminalText.Line(session.ExitStatus ?? "ended")
            : running.Contains(session.Key)
                ? "running"
                : "interrupted";

    private static void SetList(Command command)
    {
        var server = new Option<string?>("--server")
        {
            Description = "Only sessions of this server.",
            HelpName = "NAME",
            CompletionSources = { RecordedNames.Servers },
        };
        var since = new Option<string?>("--since")
        {
            Description = "Only sessions with traffic since then, such as 7d.",
            HelpName = "TIME",
        };
        var all = new Option<bool>("--all", "-a") { Description = $"All sessions, not only the newest {DefaultLimit}." };
        var json = PluginsCommand.Json();
        foreach (var option in (Option[])[server, since, all, json])
            command.Options.Add(option);
        CommandContext.Run(command, (parsed, context, _) => RecordingAccess.UseAsync(context, RecordingReader.Open, reader =>
            {
                DateTimeOffset? from = parsed.GetValue(since) is { } time ? FilterText.Time("since", time, context.Time.GetUtcNow()) : null;
                var limit = parsed.GetValue(all) ? long.MaxValue : DefaultLimit;
                var sessions = reader.Sessions(parsed.GetValue(server), from, limit);
                return context.PagedAsync(() => Task.FromResult(Show(context, sessions, parsed.GetValue(json))));
            }));
    }

    private static int Show(CommandContext context, IReadOnlyList<RecordedSession> sessions, bool isJson)
    {
        var running = RecordingAccess.Running(context);
        var screen = context.Screen;
        if (isJson)
        {
            screen.Json(
                new SessionsReport([
                    .. sessions.Select(session =>
                        RecordedSessionListing.Of(session, session.Ended is null && running.Contains(session.Key))
                    ),
                ]),
                RecordingsJson.Default.SessionsReport
            );
            return 0;
        }

        if (sessions.Count == 0)
        {
            screen.WriteLine("No sessions match.");
            return 0;
        }

        var rows = sessions.Select(session => Row(session, State(session, running), context.Time.GetUtcNow()));
        foreach (var line in screen.Format(Columns, [.. rows]))
            screen.WriteLine(line.TrimEnd());
        return 0;
    }

    private static Cell[] Row(RecordedSession session, string state, DateTimeOffset now) =>
        [
            session.ShortId,
            TerminalText.Line(session.Server ?? Units.None),
            Units.Time(session.Started),
            Units.Span((session.Ended ?? (state == "running" ? now : session.LastSeen)) - session.Started),
            Units.Count(session.Calls),
            new(Units.Count(session.Errors), session.Errors > 0 ? "31" : null),
            Units.Bytes(session.BytesIn),
            Units.Bytes(session.BytesOut),
            TerminalText.Line($"{session.Client} {session.ClientVersion}".Trim() is { Length: > 0 } client ? client : Units.None),
            new(
                state,
                state == "running" ? "32"
                    : state == "ended" ? "2"
                    : "33"
            ),
            TerminalText.Line(session.Name ?? ""),
        ];
}
