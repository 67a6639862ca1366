using Kilometers.Recordings.Reading;
using Kilometers.Transcripts.Comparing;

namespace Kilometers.Ui.Pages;

/// <summary>What differs between a session and an earlier or later one, as <c>km diff</c> shows it.</summary>
/// <param name="Head">The session.</param>
/// <param name="Others">Sessions that it can be compared with, those of the same server first.</param>
/// <param name="Other">The one that it is compared with; null: none.</param>
/// <param name="Comparison">What differs; null: they were not compared.</param>
/// <param name="OtherCalls">The other session's calls in order: their rows.</param>
/// <param name="Calls">This session's calls in order: their rows.</param>
public sealed record DiffModel(
    SessionHead Head,
    IReadOnlyList<RecordedSession> Others,
    RecordedSession? Other,
    SessionComparison? Comparison,
    IReadOnlyList<long> OtherCalls,
    IReadOnlyList<long> Calls
)
{
    /// <summary>Larger sessions would take the memory of all their payloads.</summary>
    public const int MaxMessages = 50_000;

    private const int MaxValue = 2000;

    /// <summary>How many differences of one definition or result are shown.</summary>
    public const int MaxDifferences = 30;

    /// <summary>How many definitions or results are shown.</summary>
    public const int MaxChanges = 300;

    /// <summary>A session as a choice.</summary>
    public static string Title(RecordedSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        return Links.Plain($"{session.Name ?? session.ShortId} {session.Server}, {Kilometers.Cli.Output.Units.Time(session.Started)}");
    }

    /// <summary>Where the call of a number leads.</summary>
    public static string? LinkOf(IReadOnlyList<long> calls, int? number)
    {
        ArgumentNullException.ThrowIfNull(calls);
        return number is > 0 and var known && known <= calls.Count ? Links.Call(calls[known - 1]) : null;
    }

    /// <summary>A value in a line.</summary>
    public static string Value(string? value) =>
        value is null ? "(none)"
        : value.Length <= MaxValue ? value
        : value[..MaxValue] + "…";
}
