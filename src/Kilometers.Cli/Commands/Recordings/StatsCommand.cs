using System.CommandLine;
using System.Globalization;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Recordings.Reading;
using Kilometers.Recordings.Tokens;

namespace Kilometers.Cli.Commands.Recordings;

/// <summary><c>km stats</c>: how many calls, how slow, how many errors.</summary>
internal static class StatsCommand
{
    private const string Examples = """
        Percentiles are exact. SLOWEST is a call's latency and its number, for: km logs call:NUMBER --payloads
        Only tools are counted by tool; by method, server, client and day everything is, requests from the server included.
        Tokens are counted once and kept: up to 2 MB without asking, any amount with --tokens.

        Examples:
          km stats
          km stats --by server --since 7d
          km stats --by day --since 30d
          km stats --by method server:files --json
          km stats --since 30d --tokens
          km stats --context --since 30d
        """;

    private static readonly string[] Keys = ["tool", "method", "server", "client", "day"];

    /// <summary>The last columns, which need that tokens were counted.</summary>
    private const int TokenColumns = 2;

    private static readonly Column[] Columns =
    [
        new(""),
        new("CALLS", IsNumber: true),
        new("ERRORS", IsNumber: true),
        new("P50", 1, IsNumber: true),
        new("P95", IsNumber: true),
        new("P99", 2, IsNumber: true),
        new("SLOWEST", 3, IsNumber: true),
        new("#", 3, IsNumber: true),
        new("IN", 4, IsNumber: true),
        new("OUT", 4, IsNumber: true),
        new("TOKENS IN", 4, IsNumber: true),
        new("TOKENS OUT", 4, IsNumber: true),
    ];

    public static Command Create()
    {
        var filters = new Argument<string[]>("FILTER")
        {
            Description = "Only calls that pass these filters; see: km logs --help",
            Arity = ArgumentArity.ZeroOrMore,
        };
        filters.CompletionSources.Add(RecordedNames.Filters);
        var by = new Option<string>("--by")
        {
            Description = "Count by tool, method, server, client or day (UTC). Default: tool.",
            HelpName = "KEY",
            DefaultValueFactory = _ => Keys[0],
        };
        by.AcceptOnlyFromAmong(Keys);
        var since = new Option<string?>("--since") { Description = "From this time on, like since:7d.", HelpName = "TIME" };
        var tokens = new Option<bool>("--tokens")
        {
            Description = "First count the tokens of everything recorded since the last count, however much it is.",
        };
        var cost = new Option<bool>("--context")
        {
            Description = "Show what the definitions of tools cost in a model's context, in tokens, and which tools are never called.",
        };
        var json = PluginsCommand.Json();
        var command = new Command("stats", "Show how often tools are called, how long they take, and how often they fail.")
        {
            filters,
            by,
            since,
            tokens,
            cost,
            json,
        };
        HelpWithExamples.Add(command, Examples);
        CommandContext.Run(command, async (parsed, context, cancellationToken) =>
        {
            var (words, from, isJson) = (parsed.GetValue(filters) ?? [], parsed.GetValue(since), parsed.GetValue(json));
            if (parsed.GetValue(cost))
                return await RecordingAccess
                    .UseAsync(context, RecordingReader.Open, reader =>
                    {
                        var filter = Filter(context, reader, words, from);
                        return ContextView.ShowAsync(
                            context,
                            OfferedTools.Of(reader, filter, context.Time.GetUtcNow()),
                            filter.Since,
                            isJson,
                            cancellationToken
                        );
                    })
                    .ConfigureAwait(false);
            var uncounted = await CountTokensAsync(context, words, from, parsed.GetValue(tokens), cancellationToken).ConfigureAwait(false);
            return await RecordingAccess
                .UseAsync(context, RecordingReader.Open, reader =>
                {
                    var filter = Filter(context, reader, words, from);
                    return context.PagedAsync(() =>
                        Task.FromResult(Show(context, reader, parsed.GetValue(by)!, filter, isJson, uncounted))
                    );
                })
                .ConfigureAwait(false);
        });
        return command;
    }

    /// <summary>Counts the tokens that were not counted yet, if they are few or the user asks for it.</summary>
    /// <returns>How many bytes are still to be counted.</returns>
    private static async Task<long> CountTokensAsync(
        CommandContext context,
        string[] words,
        string? since,
        bool isAsked,
        CancellationToken cancellationToken
    )
    {
        var backlog = RecordingAccess.Use(context, RecordingReader.Open, reader =>
            TokenBacklog.Of(reader, Filter(context, reader, words, since))
        );
        if (backlog.Bytes == 0 || !(isAsked || backlog.IsSmall))
            return backlog.Bytes;
        try
        {
            using var progress = new ByteProgress(context.Errors, "Counting tokens:", backlog.Bytes, context.Time);
            await TokenCounting
                .CountCallsAsync(RecordingAccess.Folder(context.Paths), backlog, progress, cancellationToken)
                .ConfigureAwait(false);
            return 0;
        }
        catch (KmException) when (!isAsked)
        {
            // The other figures are right all the same.
            return backlog.Bytes;
        }
    }

    private static CallFilter Filter(CommandContext context, RecordingReader reader, string[] words, string? since)
    {
        if (words.FirstOrDefault(word => !FilterText.IsFilter(word)) is { } other)
            throw new KmException(
                new KmError(ErrorCode.InvalidArguments, $"'{other}' is not a filter", Hint: $"Try: km stats server:{other}")
            );
        IEnumerable<string> all = since is null ? words : [.. words, "since:" + since];
        var filter = FilterText.Read(all, context.Time.GetUtcNow(), text => RecordingAccess.Find(reader, text));
        return filter.Texts.Count == 0
            ? filter
            : throw new KmException(
                new KmError(ErrorCode.InvalidArguments, "km stats cannot count by text", Hint: "List the calls with: km logs text:…")
            );
    }

    private static int Show(CommandContext context, RecordingReader reader, string by, CallFilter filter, bool isJson, long uncounted)
    {
        var rows = CallStatistics.Of(reader, Enum.Parse<StatisticsKey>(by, ignoreCase: true), filter);
        var screen = context.Screen;
        if (isJson)
        {
            screen.Json(
                new StatisticsReport(
                    by,
                    filter.Since,
                    [.. rows.Select(row => FiguresListing.Of(row, hasTokens: uncounted == 0))],
                    uncounted > 0 ? uncounted : null
                ),
                RecordingsJson.Default.StatisticsReport
            );
            return 0;
        }

        if (rows.Count == 0)
        {
            screen.WriteLine("No calls match.");
            return 0;
        }

        var shown = uncounted == 0 ? Columns.Length : Columns.Length - TokenColumns;
        Column[] columns = [Columns[0] with { Title = by.ToUpperInvariant() }, .. Columns.Take(shown).Skip(1)];
        foreach (var line in screen.Format(columns, [.. rows.Select(row => Row(row).Take(shown).ToArray())]))
            screen.WriteLine(line);
        if (uncounted > 0)
            screen.WriteLine($"Tokens of {Units.Bytes(uncounted)} are not counted yet. Count them once with: km stats --tokens");
        return 0;
    }

    private static Cell[] Row(CallFigures figures) =>
        [
            TerminalText.Line(figures.Key.Length > 0 ? figures.Key : Units.None),
            Units.Count(figures.Calls),
            new(Errors(figures), figures.Errors > 0 ? "31" : null),
            Units.Milliseconds(figures.P50?.TotalMilliseconds),
            Units.Milliseconds(figures.P95?.TotalMilliseconds),
            Units.Milliseconds(figures.P99?.TotalMilliseconds),
            Units.Milliseconds(figures.Max?.TotalMilliseconds),
            figures.SlowestCall?.ToString(CultureInfo.InvariantCulture) ?? Units.None,
            Units.Bytes(figures.RequestBytes),
            Units.Bytes(figures.ResponseBytes),
            Units.Count(figures.RequestTokens),
            Units.Count(figures.ResponseTokens),
        ];

    private static string Errors(CallFigures figures) =>
        figures.Errors == 0
            ? "0"
            : string.Create(CultureInfo.InvariantCulture, $"{figures.Errors} ({100.0 * figures.Errors / figures.Calls:0.#} %)");
}
