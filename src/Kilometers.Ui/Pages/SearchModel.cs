using Kilometers.Recordings.Reading;

namespace Kilometers.Ui.Pages;

/// <summary>Calls of all sessions that match.</summary>
/// <param name="Query">What was typed.</param>
/// <param name="Problem">Why it cannot be used; null: it can.</param>
/// <param name="Calls">The newest that match.</param>
/// <param name="Sessions">Their sessions by row.</param>
/// <param name="Limit">How many are shown, at most.</param>
public sealed record SearchModel(
    string Query,
    string? Problem,
    IReadOnlyList<RecordedCall> Calls,
    IReadOnlyDictionary<long, RecordedSession?> Sessions,
    int Limit
);
