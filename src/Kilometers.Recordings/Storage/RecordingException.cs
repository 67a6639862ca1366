namespace Kilometers.Recordings.Storage;

/// <summary>What is wrong with the file of recordings.</summary>
public enum RecordingFault
{
    /// <summary>Something else; the message says what.</summary>
    Other,

    /// <summary>There is no file yet.</summary>
    Missing,

    /// <summary>The file is not a file of recordings, or its content is damaged.</summary>
    Damaged,

    /// <summary>A newer version made the file.</summary>
    Newer,

    /// <summary>The disk is full, or takes no more.</summary>
    Full,

    /// <summary>Another process kept the file locked for too long.</summary>
    Busy,
}

/// <summary>The file of recordings cannot be used.</summary>
/// <param name="fault">What is wrong.</param>
/// <param name="message">What happened, one sentence without a full stop.</param>
public sealed class RecordingException(RecordingFault fault, string message) : Exception(message)
{
    /// <summary>What is wrong.</summary>
    public RecordingFault Fault { get; } = fault;
}
