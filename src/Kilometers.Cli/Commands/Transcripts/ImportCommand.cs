using System.CommandLine;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Commands.Recordings;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Files;
using Kilometers.Recordings;
using Kilometers.Recordings.Reading;
using Kilometers.Recordings.Storage;
using Kilometers.Recordings.Writing;
using Kilometers.Sqlite;
using Kilometers.Transcripts;
using Kilometers.Transcripts.Importing;

namespace Kilometers.Cli.Commands.Transcripts;

/// <summary><c>km import</c>: a session from a file, among the recorded ones.</summary>
internal static class ImportCommand
{
    private const string Examples = """
        km reads its own json and jsonl exports, mcpsnoop's session logs and JSON exports, and MCP Inspector's protocol exports.
        A file is imported whole or not at all.

        Examples:
          km import session.json
          km import ~/.local/state/mcpsnoop/sessions/abc.jsonl
          km import inspector-protocol.json --name "before the upgrade"
        """;

    /// <summary>The recorder's default for <c>max_age</c>.</summary>
    private static readonly TimeSpan UsualAge = new RecordingOptions().MaxAge;

    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "The export." };
        var name = new Option<string?>("--name") { Description = "Name the session.", HelpName = "NAME" };
        var payloads = new Option<string>("--payloads")
        {
            Description = "masked: mask secrets as the recorder does; full: keep what is in the file. Default: masked.",
            HelpName = "KIND",
            DefaultValueFactory = _ => "masked",
        };
        payloads.AcceptOnlyFromAmong("masked", "full");
        var json = PluginsCommand.Json();
        var command = new Command("import", "Add a session from a file to the recorded ones.") { file, name, payloads, json };
        HelpWithExamples.Add(command, Examples);
        CommandContext.Run(command, (parsed, context, _) =>
        {
            var transcript = TranscriptFile.Read(parsed.GetValue(file)!);
            if (parsed.GetValue(payloads) == "masked")
                transcript = TranscriptMasking.Mask(transcript);
            if (parsed.GetValue(name) is { } given)
                transcript = transcript with { Session = transcript.Session with { Name = given } };
            return Task.FromResult(Import(context, transcript, parsed.GetValue(file)!, parsed.GetValue(json)));
        });
        return command;
    }

    private static int Import(CommandContext context, Transcript transcript, string file, bool isJson)
    {
        var folder = RecordingAccess.Folder(context.Paths);
        var session = transcript.Session;
        if (transcript.Items.Count == 0)
            throw new KmException(
                new KmError(ErrorCode.NotAnExport, $"{file} has a session without messages or events", "There is nothing to import.")
            );
        try
        {
            PrivateFile.CreateDirectory(folder);
            if (!SessionImport.Add(folder, Facts(session), session.Name, session.Missed, transcript.Items, context.Time))
                throw new KmException(
                    new KmError(
                        ErrorCode.SessionKnown,
                        $"Session {session.ShortId} is recorded already",
                        "Nothing was changed.",
                        $"To import it again, delete it first: km sessions delete {session.ShortId}"
                    )
                );
        }
        catch (RecordingException e)
        {
            throw new KmException(RecordingAccess.Explain(e, folder));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KmException(RecordingAccess.Explain(new RecordingException(SqliteFault.Other, e.Message), folder));
        }

        context.Done(
            isJson,
            new DoneReport("import", session.ShortId, file),
            $"Imported session {session.ShortId}: {transcript.Messages.Count()} messages, {transcript.Calls.Count} calls."
                + $" See: km sessions show {session.ShortId}"
        );
        if (!isJson && context.Time.GetUtcNow() - session.LastSeen > UsualAge)
            context.Screen.WriteLine(
                $"It ended more than {UsualAge.TotalDays:0} days ago: the recorder deletes it when it next runs, unless its max_age is longer."
            );
        return 0;
    }

    private static SessionDescription Facts(RecordedSession session) =>
        new()
        {
            Key = session.Key,
            Server = session.Server ?? "",
            Command = session.Command ?? "",
            KmVersion = session.KmVersion ?? "",
            Payloads = session.Payloads ?? "masked",
            Started = session.Started,
        };
}
