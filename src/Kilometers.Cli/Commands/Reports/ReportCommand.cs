using System.CommandLine;
using System.Text;
using Kilometers.Analytics.Reading;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Commands.Recordings;
using Kilometers.Cli.Commands.Transcripts;
using Kilometers.Cli.Output;
using Kilometers.Contracts;

namespace Kilometers.Cli.Commands.Reports;

/// <summary><c>km report</c>: what the analytics plugin counted.</summary>
internal static class ReportCommand
{
    private const string DefaultSince = "7d";

    private const string Examples = """
        A SESSION is an id or the beginning of one, last, or -2 for the last but one. A SERVER is its name. Without one, the report is about all.
        --upload sends the figures by the hour to the API (names of servers, clients, methods and tools, counts, histograms, alarms; no arguments,
        results or texts), with your account, and only when you run it. The same hour again replaces what was sent. See: docs/api.md
        Percentiles come from histograms and are at most a few percent off. For exact ones of recorded calls, see: km stats

        Examples:
          km report
          km report files --since 30d
          km report last
          km report --format html --output report.html
          km report --upload --since 30d
          km report --json | jq '.tools[] | select(.calls.errors > 0).name'
        """;

    private static readonly string[] Formats = ["table", "json", "html"];

    public static Command Create()
    {
        var target = new Argument<string?>("SESSION|SERVER")
        {
            Description = "A session (its id, last, or -2) or a server's name. Default: all.",
            Arity = ArgumentArity.ZeroOrOne,
            CompletionSources = { ReportAccess.Words },
        };
        var since = new Option<string?>("--since")
        {
            Description = $"From the hour of this time on, such as 30d or 2026-11-01. Default: {DefaultSince}; of a session, all of it.",
            HelpName = "TIME",
        };
        var format = new Option<string>("--format", "-f")
        {
            Description = "table, json or html (one page that loads nothing). Default: table.",
            HelpName = "FORMAT",
            DefaultValueFactory = _ => Formats[0],
        };
        format.AcceptOnlyFromAmong(Formats);
        var output = new Option<string?>("--output", "-o")
        {
            Description = "Write the page to this file, which must not exist yet. Default: standard output.",
            HelpName = "FILE",
        };
        var force = new Option<bool>("--force") { Description = "Replace the file if it exists." };
        var upload = new Option<bool>("--upload")
        {
            Description = "Send the figures to the API, so that those of all your machines are together.",
        };
        var json = PluginsCommand.Json();
        json.Description = "The same as --format json.";
        var command = new Command("report", "Show what analytics counted: errors by kind, times, sizes, repeated calls, unused tools.")
        {
            target,
            since,
            format,
            output,
            force,
            upload,
            json,
        };
        HelpWithExamples.Add(command, Examples);
        CommandContext.Run(
            command,
            (parsed, context, cancellationToken) =>
            {
                var kind = parsed.GetValue(json) ? "json" : parsed.GetValue(format)!;
                var (word, from, file) = (parsed.GetValue(target), parsed.GetValue(since), parsed.GetValue(output));
                if (parsed.GetValue(upload))
                    return UploadAsync(context, word, from, kind, file, cancellationToken);
                Report(context, word, from, kind, file, parsed.GetValue(force));
                return Task.FromResult(0);
            },
            usesNetwork: true
        );
        return command;
    }

    private static void Report(CommandContext context, string? target, string? since, string kind, string? file, bool replaces)
    {
        if (file is not null && kind != "html")
            throw new KmException(
                new KmError(ErrorCode.InvalidArguments, "--output is for --format html", Hint: "Other formats: km report > FILE")
            );
        var report = ReportAccess.Use(context, reader => reader.Report(Scope(context, reader, target, since)));
        if (kind == "json")
            context.Screen.Json(ReportListing.Of(report), ReportJson.Default.ReportListing);
        else if (kind == "table")
            Show(context, report);
        else
            Write(context, report, file, replaces);
    }

    private static async Task<int> UploadAsync(
        CommandContext context,
        string? target,
        string? since,
        string kind,
        string? file,
        CancellationToken cancellationToken
    )
    {
        if (target is not null || file is not null || kind == "html")
            throw new KmException(
                new KmError(
                    ErrorCode.InvalidArguments,
                    "--upload is for all servers, and writes no page",
                    "An hour is replaced as a whole: a part of its figures would replace all of them.",
                    "Run: km report --upload"
                )
            );
        var from = FilterText.Time("since", since ?? DefaultSince, context.Time.GetUtcNow());
        var sent = await ReportUpload.SendAsync(context, from, cancellationToken).ConfigureAwait(false);
        if (kind == "json")
            context.Screen.Json(sent, ReportJson.Default.UploadListing);
        else
            context.Screen.WriteLine($"{context.Errors.Glyphs.Success} {ReportUpload.Describe(sent)}");
        return 0;
    }

    private static ReportScope Scope(CommandContext context, AnalyticsReader reader, string? target, string? since)
    {
        var scope = target is null ? new ReportScope() : ReportAccess.Find(reader, target);
        if (since is null && scope.Session is not null)
            return scope;
        return scope with { Since = FilterText.Time("since", since ?? DefaultSince, context.Time.GetUtcNow()) };
    }

    private static void Show(CommandContext context, Report report)
    {
        var screen = context.Screen;
        foreach (var line in new ReportView(screen.Width, screen.Colors, screen.Ellipsis).Format(report))
            screen.WriteLine(line);
    }

    private static void Write(CommandContext context, Report report, string? file, bool replaces)
    {
        var page = new ReportPage(report, context.Time.GetUtcNow()).Make();
        if (file is null)
        {
            foreach (var line in page.TrimEnd().Split('\n'))
                context.Screen.WriteLine(line);
            return;
        }

        var bytes = NewFile.Write(file, replaces, stream => stream.Write(Encoding.UTF8.GetBytes(page)));
        context.Done(false, new DoneReport("report", file), $"Wrote the report to {file} ({Units.Bytes(bytes)})");
    }
}
