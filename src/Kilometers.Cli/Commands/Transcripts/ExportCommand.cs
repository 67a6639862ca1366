using System.CommandLine;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Commands.Recordings;
using Kilometers.Cli.Output;
using Kilometers.Transcripts.Exporting;

namespace Kilometers.Cli.Commands.Transcripts;

/// <summary><c>km export</c>: a recorded session as a file.</summary>
internal static class ExportCommand
{
    private const string Examples = """
        Formats:
          json, jsonl  everything; km import, replay, diff and check read it
          html         one page for a browser that loads nothing
          md           a summary for an issue or a report
          har          HTTP Archive, for viewers such as a browser's network panel
          otlp         OpenTelemetry traces (OTLP, JSON)

        Secrets that were masked when the session was recorded stay masked.

        Examples:
          km export last > session.json
          km export last --format html --output session.html
          km export 3f9a --format md
        """;

    private static readonly string[] Formats = [.. Enum.GetNames<ExportFormat>().Select(name => name.ToLowerInvariant())];

    public static Command Create()
    {
        var session = SessionsCommand.Session();
        var format = new Option<string>("--format", "-f")
        {
            Description = "json, jsonl, html, har, otlp or md. Default: json.",
            HelpName = "FORMAT",
            DefaultValueFactory = _ => Formats[0],
        };
        format.AcceptOnlyFromAmong(Formats);
        var output = new Option<string?>("--output", "-o")
        {
            Description = "Write to this file, which must not exist yet. Default: standard output.",
            HelpName = "FILE",
        };
        var force = new Option<bool>("--force") { Description = "Replace the file if it exists." };
        var json = PluginsCommand.Json();
        json.Description = "With --output: print what was written as JSON.";
        var command = new Command("export", "Write a recorded session as JSON, a page, Markdown, HAR or OpenTelemetry traces.")
        {
            session,
            format,
            output,
            force,
            json,
        };
        HelpWithExamples.Add(command, Examples);
        CommandContext.Run(command, (parsed, context, _) =>
        {
            var transcript = TranscriptAccess.Load(context, parsed.GetValue(session)!);
            var kind = Enum.Parse<ExportFormat>(parsed.GetValue(format)!, ignoreCase: true);
            if (parsed.GetValue(output) is not { } path)
            {
                ToStandardOutput(stream => TranscriptExport.Write(transcript, kind, RootCommandLine.Version, stream));
                return Task.FromResult(0);
            }

            var bytes = NewFile.Write(path, parsed.GetValue(force), stream =>
                TranscriptExport.Write(transcript, kind, RootCommandLine.Version, stream)
            );
            context.Done(
                parsed.GetValue(json),
                new DoneReport("export", transcript.Session.ShortId, path),
                $"Exported session {transcript.Session.ShortId} to {path} ({Units.Bytes(bytes)})"
            );
            return Task.FromResult(0);
        });
        return command;
    }

    /// <summary>A pipe gets the bytes as they are; a terminal gets nothing that could control it.</summary>
    private static void ToStandardOutput(Action<Stream> write)
    {
        if (Console.IsOutputRedirected)
        {
            using var output = new BufferedStream(Console.OpenStandardOutput(), 1 << 16);
            write(output);
            return;
        }

        using var content = new MemoryStream();
        write(content);
        content.Position = 0;
        using var reader = new StreamReader(content);
        while (reader.ReadLine() is { } line)
            Console.Out.WriteLine(line);
    }
}
