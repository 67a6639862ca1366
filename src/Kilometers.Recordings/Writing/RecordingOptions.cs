namespace Kilometers.Recordings.Writing;

/// <summary>How much is kept.</summary>
public sealed record RecordingOptions
{
    /// <summary>What the file may take of the disk, in bytes: from 16 MB on.</summary>
    public long MaxBytes { get; init; } = 1_000_000_000;

    /// <summary>How long a session is kept after its end.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(30);

    /// <summary>What is left free on the disk, in bytes: with less, recording stops.</summary>
    public long MinFreeBytes { get; init; } = 200_000_000;
}
