using Kilometers.Recordings;
using Kilometers.Recordings.Reading;

namespace Kilometers.Transcripts;

/// <summary>A whole session in memory: from the recorder's file, or from an export.</summary>
public sealed record Transcript
{
    /// <summary>What is known of the session. Its row is 0 where it is from an export.</summary>
    public required RecordedSession Session { get; init; }

    /// <summary>Messages, events and lines of standard error, in order.</summary>
    public required IReadOnlyList<RecordedItem> Items { get; init; }

    /// <summary>The messages, in order.</summary>
    public IEnumerable<RecordedMessage> Messages => Items.OfType<RecordedMessage>();

    /// <summary>The calls, in the order of their first requests.</summary>
    public IReadOnlyList<TranscriptCall> Calls => field ??= TranscriptCall.Of(Messages);

    /// <summary>Reads a recorded session.</summary>
    public static Transcript Load(RecordingReader reader, RecordedSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        return new Transcript { Session = session, Items = SessionItems.Of(reader, session.Row) };
    }
}
