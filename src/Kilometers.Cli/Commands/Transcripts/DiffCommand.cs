using System.CommandLine;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Commands.Recordings;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Recordings.Reading;
using Kilometers.Transcripts.Comparing;

namespace Kilometers.Cli.Commands.Transcripts;

/// <summary><c>km diff</c>: two sessions, or a server's definitions at two times.</summary>
internal static class DiffCommand
{
    private const string Examples = """
        Each side is a session (id, name, last, -2), a file that km import reads, or SERVER@TIME: what that server offered then.
        TIME is now, 7d for seven days ago, or a date; what a server offered is known even after its sessions were deleted.

        Compared are the definitions of tools, prompts and resources, field by field; the results of calls that ask the same; and latencies,
        by Mann and Whitney's U test. Exit status: 0 if definitions and results are the same, 1 if not.

        Examples:
          km diff -2 last
          km diff before.json last --ignore 'content[*].text'
          km diff files@30d files@now
        """;

    public static Command Create()
    {
        var before = Side("A");
        var after = Side("B");
        var definitions = new Option<bool>("--definitions") { Description = "Compare only tools, prompts and resources." };
        var ignore = Ignore();
        var json = PluginsCommand.Json();
        var command = new Command("diff", "Show what changed between two sessions, or in what a server offers.")
        {
            before,
            after,
            definitions,
            ignore,
            json,
        };
        HelpWithExamples.Add(command, Examples);
        CommandContext.Run(command, (parsed, context, _) =>
        {
            var (one, other) = (parsed.GetValue(before)!, parsed.GetValue(after)!);
            var onlyDefinitions = parsed.GetValue(definitions) || AtTime(one, context) is not null || AtTime(other, context) is not null;
            var comparison = onlyDefinitions
                ? new SessionComparison { Definitions = SessionComparison.Of(Definitions(context, one), Definitions(context, other)) }
                : SessionComparison.Of(
                    TranscriptAccess.Load(context, one),
                    TranscriptAccess.Load(context, other),
                    IgnoredPaths.Of(parsed.GetValue(ignore) ?? [])
                );
            return context.PagedAsync(() => Task.FromResult(Show(context, comparison, parsed.GetValue(json))));
        });
        return command;
    }

    /// <summary>The option that leaves places out of the comparison.</summary>
    public static Option<string[]> Ignore() =>
        new("--ignore")
        {
            Description = "A place in results that does not count, such as content[*].text; * stands for anything. May be repeated.",
            HelpName = "PATH",
            AllowMultipleArgumentsPerToken = false,
        };

    /// <summary>Shows what differs.</summary>
    /// <returns>The exit status.</returns>
    public static int Show(CommandContext context, SessionComparison comparison, bool isJson)
    {
        if (isJson)
            context.Screen.Json(ComparisonReport.Of(comparison), TranscriptsJson.Default.ComparisonReport);
        else
            ComparisonView.Show(context.Screen, comparison);
        return comparison.IsDifferent ? 1 : 0;
    }

    private static Argument<string> Side(string name) =>
        new(name) { Description = "A session, a file, or SERVER@TIME.", CompletionSources = { RecordedNames.Sessions } };

    private static DefinitionSet Definitions(CommandContext context, string text)
    {
        if (AtTime(text, context) is not { } side)
            return DefinitionSet.Of(TranscriptAccess.Load(context, text));
        return RecordingAccess.Use(context, RecordingReader.Open, reader =>
        {
            var versions = DefinitionHistory.AllWithContent(reader, side.Server);
            return versions.Count > 0
                ? DefinitionSet.Of(DefinitionHistory.At(versions, side.Time))
                : throw new KmException(
                    new KmError(
                        ErrorCode.NoRecordedSession,
                        $"No definitions of a server '{side.Server}' were recorded",
                        "A server's definitions are recorded when a client lists them.",
                        "List the servers with: km stats --by server"
                    )
                );
        });
    }

    /// <summary>The server and the time that a text names; null where it is a session or a file.</summary>
    private static (string Server, DateTimeOffset Time)? AtTime(string text, CommandContext context)
    {
        if (File.Exists(text) || text.LastIndexOf('@') is not (> 0 and var at))
            return null;
        var time = text[(at + 1)..];
        if (time == "now")
            return (text[..at], context.Time.GetUtcNow());
        return PointInTime.TryParse(time, out var point) ? (text[..at], point!.Before(context.Time.GetUtcNow())) : null;
    }
}
