using System.Globalization;
using Kilometers.Contracts;
using Kilometers.Recordings;
using Kilometers.Recordings.Reading;

namespace Kilometers.Cli.Commands.Recordings;

/// <summary>Filters as people type them: <c>tool:search status:error slower:200ms</c>.</summary>
internal static class FilterText
{
    /// <summary>The filters, each with an example of its value.</summary>
    public static IReadOnlyList<(string Name, string Example)> Known { get; } =
    [
        ("tool", "search"),
        ("method", "tools/*"),
        ("status", "error"),
        ("slower", "200ms"),
        ("faster", "1s"),
        ("dir", "out"),
        ("id", "7"),
        ("since", "1h"),
        ("until", "2026-11-01"),
        ("text", "\"permission denied\""),
        ("server", "files"),
        ("client", "claude-ai"),
        ("session", "last"),
        ("call", "123"),
    ];

    /// <summary>What a shell can complete.</summary>
    public static IEnumerable<string> Completions { get; } =
    [.. Known.Select(filter => filter.Name + ":"), "status:ok", "status:error", "status:pending", "status:tool_error", "dir:in", "dir:out"];

    /// <summary>Whether a word is a filter, if perhaps a wrong one.</summary>
    public static bool IsFilter(string word) => word.IndexOf(':', StringComparison.Ordinal) > 0;

    /// <summary>Reads filters; all must hold.</summary>
    /// <param name="words">The words.</param>
    /// <param name="now">The time.</param>
    /// <param name="session">Finds a session.</param>
    /// <exception cref="KmException"><c>CFG_ARG_001</c>: a filter is wrong.</exception>
    public static CallFilter Read(IEnumerable<string> words, DateTimeOffset now, Func<string, RecordedSession> session)
    {
        var filter = new CallFilter();
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var word in words)
        {
            var colon = word.IndexOf(':', StringComparison.Ordinal);
            var (name, value) = (word[..colon], word[(colon + 1)..].Trim('"'));
            if (value.Length == 0)
                throw Wrong(name, $"'{word}' has no value");
            if (name != "text" && !used.Add(name))
                throw Wrong(name, $"'{name}:' is given twice");
            filter = name switch
            {
                "tool" => filter with { Name = value },
                "method" => filter with { Method = value },
                "status" => Status(filter, value),
                "slower" => filter with { Slower = Span(name, value) },
                "faster" => filter with { Faster = Span(name, value) },
                "dir" => filter with { Direction = Direction(value) },
                "id" => filter with { RequestId = value },
                "since" => filter with { Since = Time(name, value, now) },
                "until" => filter with { Until = Time(name, value, now) },
                "text" => filter with { Texts = [.. filter.Texts, Text(value)] },
                "server" => filter with { Server = value },
                "client" => filter with { Client = value },
                "session" => filter with { Session = session(value).Row },
                "call" => filter with { Call = Call(value) },
                _ => throw Unknown(name),
            };
        }

        return filter;
    }

    private static CallFilter Status(CallFilter filter, string value) =>
        value switch
        {
            "ok" => filter with { Outcome = CallOutcome.Ok },
            "error" => filter with { Outcome = CallOutcome.Error },
            "pending" => filter with { Outcome = CallOutcome.Pending },
            "tool_error" or "task_failed" or "task_cancelled" => filter with { ErrorCode = value },
            _ when int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) => filter with
            {
                ErrorCode = value,
            },
            _ => throw Wrong(
                "status",
                $"'{value}' is not a status: use ok, error, pending, tool_error, task_failed, task_cancelled, or an error's code such as -32602"
            ),
        };

    /// <summary>Reads the duration of one filter.</summary>
    /// <param name="name">The filter's name, for what is said of a wrong duration.</param>
    /// <param name="value">The duration.</param>
    /// <exception cref="KmException"><c>CFG_ARG_001</c>: it is not a duration.</exception>
    public static TimeSpan Span(string name, string value)
    {
        foreach (var (unit, milliseconds) in ((string, double)[])[("ms", 1), ("s", 1000), ("m", 60_000)])
            if (
                value.EndsWith(unit, StringComparison.Ordinal)
                && double.TryParse(value[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
                && count * milliseconds <= 1e9
            )
                return TimeSpan.FromMilliseconds(count * milliseconds);
        throw Wrong(name, $"'{value}' is not a duration: write it like 200ms, 1.5s or 2m");
    }

    private static RecordedDirection Direction(string value) =>
        value switch
        {
            "in" => RecordedDirection.In,
            "out" => RecordedDirection.Out,
            _ => throw Wrong("dir", $"'{value}' is not a direction: use in (client to server) or out (server to client)"),
        };

    /// <summary>Reads the time of one filter.</summary>
    /// <param name="name">The filter's name, for what is said of a wrong time.</param>
    /// <param name="value">The time.</param>
    /// <param name="now">Now.</param>
    /// <exception cref="KmException"><c>CFG_ARG_001</c>: it is not a time.</exception>
    public static DateTimeOffset Time(string name, string value, DateTimeOffset now) =>
        PointInTime.TryParse(value.Trim('"'), out var time)
            ? time!.Before(now)
            : throw Wrong(name, $"'{value}' is not a time: write it like 30m, 2h, 7d, 2026-11-01 or 2026-11-01T08:30:00Z");

    private static string Text(string value) =>
        CallFilter.CanSearch(value) ? value : throw Wrong("text", $"'{value}' has no word of two letters or more to search for");

    private static long Call(string value) =>
        long.TryParse(value.TrimStart('#'), NumberStyles.None, CultureInfo.InvariantCulture, out var call)
            ? call
            : throw Wrong("call", $"'{value}' is not the number of a call, as `km logs` and `km stats` show it");

    private static KmException Unknown(string name) =>
        new(
            new KmError(
                ErrorCode.InvalidArguments,
                $"Unknown filter '{name}:'",
                "Filters: " + string.Join(' ', Known.Select(filter => filter.Name + ":")),
                Suggestion.For(name, Known.Select(filter => filter.Name)) is { } meant ? $"Did you mean: {meant}:" : "See: km logs --help"
            )
        );

    private static KmException Wrong(string name, string summary) =>
        new(
            new KmError(
                ErrorCode.InvalidArguments,
                summary,
                Hint: Known.FirstOrDefault(filter => filter.Name == name) is { Name: { } known, Example: var example }
                    ? $"Example: {known}:{example}"
                    : "See: km logs --help"
            )
        );
}
