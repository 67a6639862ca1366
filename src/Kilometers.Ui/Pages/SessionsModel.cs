using Kilometers.Recordings.Reading;

namespace Kilometers.Ui.Pages;

/// <summary>The newest sessions.</summary>
/// <param name="Sessions">The sessions, the newest first.</param>
/// <param name="Running">The keys of those that run.</param>
/// <param name="Now">The time.</param>
/// <param name="Server">Only of this server; null: of all.</param>
/// <param name="More">How many more there may be: the number to ask for next; null: none.</param>
public sealed record SessionsModel(
    IReadOnlyList<RecordedSession> Sessions,
    IReadOnlySet<string> Running,
    DateTimeOffset Now,
    string? Server,
    int? More
)
{
    /// <summary>What became of a session, in words.</summary>
    public static string State(RecordedSession session, IReadOnlySet<string> running)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(running);
        return session.Ended is not null
            ? session.ExitCode is 0 or null
                ? "ended"
                : session.ExitStatus ?? "ended"
            : running.Contains(session.Key)
                ? "running"
                : "interrupted";
    }

    /// <summary>How long a session lasted, or has lasted.</summary>
    public TimeSpan Lasted(RecordedSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        return (session.Ended ?? (Running.Contains(session.Key) ? Now : session.LastSeen)) - session.Started;
    }
}
