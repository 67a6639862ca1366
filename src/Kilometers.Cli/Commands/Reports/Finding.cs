using Kilometers.Analytics;
using Kilometers.Analytics.Reading;
using Kilometers.Cli.Output;

namespace Kilometers.Cli.Commands.Reports;

/// <summary>Something in a report that is worth a look (docs/see/report.md). The limits are such that a quiet week has none.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Server">The server.</param>
/// <param name="Tool">The tool; null: it is about the whole server.</param>
/// <param name="Text">A sentence with its figures.</param>
internal sealed record Finding(string Kind, string Server, string? Tool, string Text)
{
    /// <summary>A tool with fewer calls says little.</summary>
    private const int MinCalls = 5;

    /// <summary>The part of calls that fails.</summary>
    private const double MinFailed = 0.1;

    /// <summary>The part of calls that is repeated: a file that was changed is read again.</summary>
    private const double MinRepeated = 0.2;

    /// <summary>Calls of one tool in a session, on average.</summary>
    private const int ChattyCalls = 50;

    /// <summary>Bytes of every twentieth answer: some 25,000 tokens.</summary>
    private const int LargeAnswer = 100_000;

    private const int MaxNames = 6;

    /// <summary>Until a server's first answer.</summary>
    private static readonly TimeSpan SlowStart = TimeSpan.FromSeconds(3);

    /// <summary>What is worth a look in a report, servers before tools.</summary>
    public static IReadOnlyList<Finding> In(Report report) =>
        [.. report.Servers.SelectMany(server => Of(server, report.Scope.Session is null)), .. report.Tools.SelectMany(Of)];

    private static IEnumerable<Finding> Of(ServerFigures server, bool isOverSessions)
    {
        if (server.Crashed > 0)
            yield return About(
                "crashing",
                $"{server.Crashed} of {Units.Many(server.Sessions, "session")} ended with an error of the server"
            );
        if (server.Startup >= SlowStart)
            yield return About(
                "slow-start",
                $"the first answer takes {Units.Milliseconds(server.Startup.Value.TotalMilliseconds)}"
                    + (server.Sessions > 1 ? $", at most {Units.Milliseconds(server.SlowestStartup!.Value.TotalMilliseconds)}" : "")
            );
        if (isOverSessions && server.Figures.Calls >= MinCalls && server.NeverUsed.Count > 0)
            yield return About(
                "never-used",
                $"{server.NeverUsed.Count} of {Units.Many(server.Offered.Count, "tool")} never called, {Units.Bytes(server.NeverUsed.Sum(tool => tool.Bytes))} of definitions: "
                    + string.Join(", ", server.NeverUsed.Take(MaxNames).Select(tool => tool.Name))
                    + (server.NeverUsed.Count > MaxNames ? " and others" : "")
            );
        if (server.Missed > 0)
            yield return About("incomplete", $"{Units.Many(server.Missed, "message")} could not be counted");

        Finding About(string kind, string text) => new(kind, server.Server, null, $"{server.Server}: {text}");
    }

    private static IEnumerable<Finding> Of(ToolFigures tool)
    {
        var (figures, calls) = (tool.Figures, tool.Figures.Calls);
        if (calls < MinCalls)
            yield break;
        if (figures.AllErrors >= calls * MinFailed)
            yield return About(
                "failing",
                $"{figures.AllErrors} of {Units.Many(calls, "call")} failed ({Part(figures.AllErrors, calls)}), mostly {ErrorNames.Of(Mostly(figures))}"
            );
        if (figures.Duplicates >= calls * MinRepeated)
            yield return About(
                "repeated",
                $"{figures.Duplicates} of {Units.Many(calls, "call")} ({Part(figures.Duplicates, calls)}) had the arguments of an earlier one of their session"
            );
        if (tool.Sessions > 0 && calls / tool.Sessions >= ChattyCalls)
            yield return About("chatty", $"called {calls / tool.Sessions} times per session");
        if (figures.ResponseSize.Quantile(0.95) is >= LargeAnswer and var size)
            yield return About("large-answers", $"one answer in twenty has {Units.Bytes((long)size)} or more");

        Finding About(string kind, string text) => new(kind, tool.Server, tool.Name, $"{tool.Server}/{tool.Name}: {text}");
    }

    private static ErrorKind Mostly(CallFigures figures) => Enum.GetValues<ErrorKind>().MaxBy(figures.Errors);

    private static string Part(long part, long whole) => Units.Percent(100.0 * part / whole);
}
