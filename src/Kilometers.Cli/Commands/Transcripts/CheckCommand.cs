using System.CommandLine;
using System.Globalization;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Commands.Recordings;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Transcripts.Checking;

namespace Kilometers.Cli.Commands.Transcripts;

/// <summary><c>km check</c>: whether a server does what is expected, for a build.</summary>
internal static class CheckCommand
{
    /// <summary>What could not be checked is neither passed nor failed.</summary>
    private const int NotChecked = 2;

    private const string Examples = """
        km starts the server, initializes it in either era of the protocol, lists its tools, prompts and resources, and ends it.
        Always checked: it initializes, its lists are answered, its definitions and schemas are valid, it writes only JSON-RPC to
        standard output, and it ends when its input ends or at SIGTERM.

        Exit status: 0 if every check passed, 1 if one failed, 2 if the server or a file could not be used, or an option is wrong.

        Examples:
          km check -- node build/index.js
          km check --expect-tool search --forbid-tool 'delete_*' --max-duration 2s -- ./my-server
          km check --no-drift-from approved.json --replay approved.json --junit report.xml -- ./my-server
        """;

    /// <param name="server">The server's command, after <c>--</c>.</param>
    public static Command Create(IReadOnlyList<string> server)
    {
        var expected = Many("--expect-tool", "A tool that it must have. May be repeated.", "TOOL");
        var forbidden = Many("--forbid-tool", "A tool that it must not have; * stands for any characters. May be repeated.", "TOOL");
        var max = new Option<string?>("--max-duration")
        {
            Description = "How long each answer may take, such as 500ms.",
            HelpName = "TIME",
        };
        var drift = new Option<string?>("--no-drift-from")
        {
            Description = "An export or a session: the server must offer the same tools, prompts and resources.",
            HelpName = "FILE",
        };
        var replay = new Option<string?>("--replay")
        {
            Description = "An export or a session: the server must answer its calls as recorded. The calls are really made.",
            HelpName = "FILE",
        };
        var ignore = DiffCommand.Ignore();
        var junit = new Option<string?>("--junit") { Description = "Write the results as JUnit XML to this file.", HelpName = "FILE" };
        var sarif = new Option<string?>("--sarif") { Description = "Write the problems as SARIF to this file.", HelpName = "FILE" };
        var json = PluginsCommand.Json();
        var command = new Command("check", "Check in a build that a server starts, offers what it should, and answers as before.")
        {
            expected,
            forbidden,
            max,
            drift,
            replay,
            ignore,
            junit,
            sarif,
            json,
        };
        command.Validators.Add(result =>
        {
            if (server.Count == 0)
                result.AddError("The server's command is missing: km check [options] -- COMMAND [ARGS…]");
        });
        HelpWithExamples.Add(command, Examples);
        CommandContext.Run(command, async (parsed, context, _) =>
        {
            try
            {
                var options = new CheckOptions
                {
                    ExpectedTools = parsed.GetValue(expected) ?? [],
                    ForbiddenTools = parsed.GetValue(forbidden) ?? [],
                    MaxDuration = parsed.GetValue(max) is { } text ? FilterText.Span("--max-duration", text) : null,
                    Baseline = parsed.GetValue(drift) is { } baseline ? TranscriptAccess.Load(context, baseline) : null,
                    Replay = parsed.GetValue(replay) is { } recorded ? TranscriptAccess.Load(context, recorded) : null,
                    IsIgnored = IgnoredPaths.Of(parsed.GetValue(ignore) ?? []),
                };
                var check = new ServerCheck(options, RootCommandLine.Version, context.Time);
                return await ServerCommands
                    .RunAsync(server, async ending =>
                    {
                        var report = await check.RunAsync(server, ending).ConfigureAwait(false);
                        if (parsed.GetValue(junit) is { } xml)
                            NewFile.Write(xml, replaces: true, stream => CheckReports.WriteJUnit(report, stream));
                        if (parsed.GetValue(sarif) is { } log)
                            NewFile.Write(log, replaces: true, stream => CheckReports.WriteSarif(report, RootCommandLine.Version, stream));
                        return Show(context, report, parsed.GetValue(json));
                    })
                    .ConfigureAwait(false);
            }
            catch (KmException e)
            {
                if (parsed.GetValue(json))
                    context.Screen.Json(new ErrorReport(e.Error), CommandJsonContext.Default.ErrorReport);
                context.Errors.Report(e.Error);
                return NotChecked;
            }
        });
        return command;
    }

    private static Option<string[]> Many(string name, string description, string value) =>
        new(name)
        {
            Description = description,
            HelpName = value,
            AllowMultipleArgumentsPerToken = false,
        };

    private static int Show(CommandContext context, CheckReport report, bool isJson)
    {
        var status = report.IsPassed ? 0 : 1;
        if (isJson)
        {
            context.Screen.Json(CheckListing.Of(report), TranscriptsJson.Default.CheckListing);
            return status;
        }

        var (screen, glyphs) = (context.Screen, context.Errors.Glyphs);
        screen.WriteLine(TerminalText.Line($"{report.Server ?? "The server"}, protocol {report.Protocol ?? "unknown"}"));
        foreach (var result in report.Results)
        {
            var took =
                result.Duration > TimeSpan.Zero
                    ? string.Create(CultureInfo.InvariantCulture, $" ({Units.Milliseconds(result.Duration.TotalMilliseconds)})")
                    : "";
            screen.WriteLine(
                result.IsSkipped
                    ? $"- {result.Title}: not checked"
                    : $"{(result.IsPassed ? glyphs.Success : glyphs.Failure)} {result.Title}{took}"
            );
            foreach (var problem in result.Problems)
                screen.WriteLine("    " + TerminalText.Line(problem));
        }

        return status;
    }
}

/// <summary>What <c>km check --json</c> prints. Members are added, never changed.</summary>
internal sealed record CheckListing(
    bool IsPassed,
    string? Server,
    string? Protocol,
    IReadOnlyList<CheckResultListing> Checks,
    int Version = 1
)
{
    public static CheckListing Of(CheckReport report) =>
        new(
            report.IsPassed,
            report.Server,
            report.Protocol,
            [
                .. report.Results.Select(result => new CheckResultListing(
                    result.Id,
                    result.Title,
                    result.IsSkipped ? "skipped"
                        : result.IsPassed ? "passed"
                        : "failed",
                    result.Duration.TotalMilliseconds,
                    result.Problems
                )),
            ]
        );
}

/// <summary>One check; its outcome is <c>passed</c>, <c>failed</c> or <c>skipped</c>.</summary>
internal sealed record CheckResultListing(string Id, string Title, string Outcome, double DurationMs, IReadOnlyList<string> Problems);
