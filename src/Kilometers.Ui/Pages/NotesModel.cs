using Kilometers.Recordings.Reading;

namespace Kilometers.Ui.Pages;

/// <summary>What of a session belongs to no call.</summary>
/// <param name="Head">The session.</param>
/// <param name="Kinds">Which kinds are shown.</param>
/// <param name="Notes">The notes, in order.</param>
/// <param name="Next">The place after which more follows; null: nothing.</param>
/// <param name="IsFirst">Whether they begin at the session's begin.</param>
public sealed record NotesModel(SessionHead Head, NoteKinds Kinds, IReadOnlyList<SessionNote> Notes, long? Next, bool IsFirst)
{
    /// <summary>The kinds with their names in the address and on the page.</summary>
    public static IReadOnlyList<(NoteKinds Kind, string Name, string Title)> Choices { get; } =
    [
        (NoteKinds.All, "", "all"),
        (NoteKinds.ErrorLine, "stderr", "stderr"),
        (NoteKinds.NotJsonRpc, "malformed", "not JSON-RPC"),
        (NoteKinds.Notification, "notifications", "notifications"),
        (NoteKinds.Event, "events", "events"),
    ];

    /// <summary>What a note is, in a word.</summary>
    public static string Word(SessionNote note)
    {
        ArgumentNullException.ThrowIfNull(note);
        return note.Kind switch
        {
            NoteKinds.ErrorLine => "stderr",
            NoteKinds.NotJsonRpc => "not JSON-RPC",
            NoteKinds.Notification => "notification",
            _ => "event",
        };
    }
}
