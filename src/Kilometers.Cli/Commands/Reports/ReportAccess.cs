using System.CommandLine.Completions;
using System.Globalization;
using Kilometers.Analytics.Reading;
using Kilometers.Analytics.Storage;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.PluginHost.Installation;
using Kilometers.Sqlite;

namespace Kilometers.Cli.Commands.Reports;

/// <summary>Opens what the analytics plugin keeps, and finds the session or server that people mean. Needs no subscription: the figures are the user's.</summary>
internal static class ReportAccess
{
    /// <summary>The name of the plugin.</summary>
    public const string Plugin = "analytics";

    private const int MaxNamed = 5;
    private const int MaxCompleted = 50;

    /// <summary>Works with the file.</summary>
    /// <exception cref="KmException">There is none, or it cannot be used.</exception>
    public static T Use<T>(CommandContext context, Func<AnalyticsReader, T> action)
    {
        var folder = PluginFolder.Of(context.Paths, Plugin);
        try
        {
            using var reader = AnalyticsReader.Open(folder);
            return action(reader);
        }
        catch (AnalyticsException e)
        {
            throw new KmException(Explain(e, Path.Combine(folder, AnalyticsFile.Name)));
        }
    }

    /// <summary>What a word means: a server's label, or a session: its id or the beginning of it, <c>last</c>, or <c>-2</c> for the last but one.</summary>
    /// <exception cref="KmException"><c>ANA_SES_001</c>: none or several.</exception>
    public static ReportScope Find(AnalyticsReader reader, string text)
    {
        var sessions = reader.Sessions();
        if (sessions.Any(session => session.Facts.Server == text))
            return new ReportScope { Server = text };
        var word = text == "last" ? "-1" : text;
        IReadOnlyList<CollectedSession> found =
            word.StartsWith('-') && int.TryParse(word.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var back) && back > 0
                ? [.. sessions.Skip(back - 1).Take(1)]
                :
                [
                    .. sessions.Where(session =>
                        session.ShortId.StartsWith(word, StringComparison.OrdinalIgnoreCase)
                        || session.Facts.Key.StartsWith(word, StringComparison.OrdinalIgnoreCase)
                    ),
                ];
        return found switch
        {
            [var one] => new ReportScope { Session = one },
            [] => throw new KmException(
                new KmError(
                    ErrorCode.NoCollectedSession,
                    $"There are no figures for a server or session '{text}'",
                    null,
                    Servers(sessions) is { Length: > 0 } servers ? $"Servers with figures: {servers}" : "Run a session first."
                )
            ),
            _ => throw new KmException(
                new KmError(
                    ErrorCode.NoCollectedSession,
                    $"'{text}' matches {found.Count} sessions",
                    string.Join(", ", found.Take(MaxNamed).Select(session => $"{session.ShortId} ({session.Facts.Server})")),
                    "Give more of the id."
                )
            ),
        };
    }

    /// <summary>Servers and sessions, for completion.</summary>
    public static IEnumerable<CompletionItem> Words(CompletionContext _)
    {
        try
        {
            var paths = PluginPaths.Default();
            if (paths.HomeProblem is not null)
                return [];
            using var reader = AnalyticsReader.Open(PluginFolder.Of(paths, Plugin));
            var sessions = reader.Sessions(MaxCompleted);
            return
            [
                .. sessions
                    .Select(session => session.Facts.Server)
                    .Distinct()
                    .Order(StringComparer.Ordinal)
                    .Select(server => new CompletionItem(server)),
                new CompletionItem("last"),
                .. sessions.Select(session => new CompletionItem(
                    session.ShortId,
                    detail: $"{session.Facts.Server}, {Units.Time(session.Facts.Started)}"
                )),
            ];
        }
        catch (Exception e) when (e is AnalyticsException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string Servers(IReadOnlyList<CollectedSession> sessions) =>
        string.Join(
            ", ",
            sessions.Select(session => TerminalText.Line(session.Facts.Server)).Distinct().Order(StringComparer.Ordinal).Take(MaxNamed)
        );

    private static KmError Explain(AnalyticsException exception, string file) =>
        exception.Fault == SqliteFault.Missing
            ? new KmError(
                ErrorCode.NothingCollected,
                "There are no figures yet",
                $"{file} does not exist.",
                "Install analytics, which is part of Pro, with `km plugins install analytics`. Then run a session. `km stats` needs only the recorder."
            )
            : PluginFileError.Of(exception, file, ErrorCode.FiguresUnreadable, "Analytics");
}
