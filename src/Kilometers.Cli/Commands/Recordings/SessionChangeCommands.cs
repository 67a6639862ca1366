using System.CommandLine;
using System.Globalization;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Recordings.Reading;
using Kilometers.Recordings.Writing;

namespace Kilometers.Cli.Commands.Recordings;

/// <summary><c>km sessions delete</c>, <c>prune</c> and <c>rename</c>.</summary>
internal static class SessionChangeCommands
{
    private const int MaxName = 100;

    public static Command CreateDelete()
    {
        var sessions = new Argument<string[]>("SESSION")
        {
            Description = "The sessions to delete.",
            CompletionSources = { RecordedNames.Sessions },
            Arity = ArgumentArity.OneOrMore,
        };
        var yes = PluginsCommand.Yes();
        var json = PluginsCommand.Json();
        var command = new Command("delete", "Delete recorded sessions with everything that was recorded of them.") { sessions, yes, json };
        HelpWithExamples.Add(
            command,
            """
            Examples:
              km sessions delete 3f9a
              km sessions delete -1 -2 --yes
            """
        );
        CommandContext.Run(command, (parsed, context, _) =>
        {
            var found = RecordingAccess.Use(context, RecordingReader.Open, reader =>
                parsed.GetValue(sessions)!.Select(text => RecordingAccess.Find(reader, text)).DistinctBy(one => one.Row).ToList()
            );
            return Task.FromResult(Delete(context, found, "delete", parsed.GetValue(yes), parsed.GetValue(json)));
        });
        return command;
    }

    public static Command CreatePrune()
    {
        var older = new Option<string?>("--older-than")
        {
            Description = "Delete sessions without traffic since then, such as 7d. Default: 30d.",
            HelpName = "TIME",
        };
        var yes = PluginsCommand.Yes();
        var json = PluginsCommand.Json();
        var command = new Command("prune", "Delete old sessions. The recorder does it by itself, by age and by size.") { older, yes, json };
        HelpWithExamples.Add(
            command,
            """
            Examples:
              km sessions prune
              km sessions prune --older-than 7d --yes
            """
        );
        CommandContext.Run(command, (parsed, context, _) =>
        {
            var running = RecordingAccess.Running(context);
            var before = FilterText.Time("until", parsed.GetValue(older) ?? "30d", context.Time.GetUtcNow());
            var found = RecordingAccess.Use(context, RecordingReader.Open, reader =>
                reader.Sessions().Where(session => (session.Ended ?? session.LastSeen) < before && !running.Contains(session.Key)).ToList()
            );
            return Task.FromResult(Delete(context, found, "prune", parsed.GetValue(yes), parsed.GetValue(json)));
        });
        return command;
    }

    public static Command CreateRename()
    {
        var session = SessionsCommand.Session();
        var name = new Argument<string>("NAME") { Description = "The name; an empty one takes it away." };
        var json = PluginsCommand.Json();
        var command = new Command("rename", "Give a session a name to find it by.") { session, name, json };
        HelpWithExamples.Add(
            command,
            """
            Examples:
              km sessions rename last "before the upgrade"
              km sessions rename 3f9a ""
            """
        );
        CommandContext.Run(command, (parsed, context, _) =>
        {
            var given = TerminalText.Line(parsed.GetValue(name)!.Trim());
            if (given.Length > MaxName || given == "last" || given.StartsWith('-') || given.Contains(':', StringComparison.Ordinal))
                throw new KmException(
                    new KmError(
                        ErrorCode.InvalidArguments,
                        $"'{given}' cannot be the name of a session",
                        $"A name has max {MaxName} characters and no colon, does not begin with a hyphen, and is not 'last'.",
                        "Choose another name."
                    )
                );
            var found = RecordingAccess.Use(context, RecordingReader.Open, reader =>
                RecordingAccess.Find(reader, parsed.GetValue(session)!)
            );
            RecordingAccess.Use(context, RecordingEditor.Open, editor =>
            {
                editor.Rename(found.Row, given.Length > 0 ? given : null);
                return 0;
            });
            context.Done(
                parsed.GetValue(json),
                new DoneReport("sessions rename", found.ShortId, given),
                given.Length > 0 ? $"Session {found.ShortId} is now '{given}'." : $"Session {found.ShortId} has no name now."
            );
            return Task.FromResult(0);
        });
        return command;
    }

    private static int Delete(CommandContext context, List<RecordedSession> sessions, string action, bool isAgreed, bool isJson)
    {
        var count = sessions.Count.ToString(CultureInfo.InvariantCulture);
        if (sessions.Count == 0)
        {
            context.Done(isJson, new DoneReport($"sessions {action}", "", "0"), "No session is old enough to delete.");
            return 0;
        }

        foreach (var session in sessions)
            context.Errors.WriteLine(
                $"{session.ShortId}  {session.Server}  {Units.Time(session.Started)}  {Units.Count(session.Calls)} calls"
            );
        if (!Question.Ask(context.Errors, $"Delete {(sessions.Count == 1 ? "this session" : $"these {count} sessions")}?", isAgreed))
            throw new KmException(
                new KmError(ErrorCode.Declined, "Nothing was deleted: not confirmed", Hint: "Run it again and confirm, or use --yes.")
            );
        RecordingAccess.Use(context, RecordingEditor.Open, editor =>
        {
            editor.Delete(sessions.Select(session => session.Row));
            return 0;
        });
        context.Done(
            isJson,
            new DoneReport($"sessions {action}", string.Join(", ", sessions.Select(session => session.ShortId)), count),
            sessions.Count == 1 ? "1 session was deleted." : $"{count} sessions were deleted."
        );
        return 0;
    }
}
