namespace Kilometers.Audit.Storage;

/// <summary>A line of the log. The order of members is the order on the line.</summary>
internal sealed record LogRecord
{
    public required long Seq { get; init; }

    /// <summary>SHA-256 of the line before, without its newline, lower-case hexadecimal digits.</summary>
    public required string Prev { get; init; }

    public required string Time { get; init; }

    public required string Event { get; init; }

    public string? Plugin { get; init; }

    public string? Version { get; init; }

    public string? Digest { get; init; }

    public required string Decision { get; init; }

    public string? Code { get; init; }

    public string? Detail { get; init; }

    public IReadOnlyDictionary<string, string>? Data { get; init; }

    public string? Session { get; init; }

    /// <summary>The operating system's user that wrote it; records of older versions have none.</summary>
    public string? User { get; init; }

    public required int Pid { get; init; }

    /// <summary>In checkpoints only: over <see cref="Seq"/> and <see cref="Prev"/>.</summary>
    public byte[]? Signature { get; init; }

    /// <summary>What a checkpoint's signature is over. The first line keeps it apart from everything else the key signs.</summary>
    public static string CheckpointText(long seq, string prev) => $"km audit checkpoint 1\n{LogFormat.Number(seq)}\n{prev}\n";
}
