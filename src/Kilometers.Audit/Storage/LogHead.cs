using System.Text.Json;

namespace Kilometers.Audit.Storage;

/// <summary>Which record was the last one, signed. Without it nobody could tell that a log was cut at the end of a line.</summary>
internal sealed record LogHead
{
    public const int MaxFile = 4096;

    /// <summary>0 before the first record.</summary>
    public required long Seq { get; init; }

    /// <summary>SHA-256 of the last line; zeros before the first record.</summary>
    public required string Hash { get; init; }

    /// <summary>The last record that was flushed to disk: what came after it may go with the machine's power.</summary>
    public required long FlushedSeq { get; init; }

    public required string FlushedHash { get; init; }

    /// <summary>Which start of the machine this was written in; null where that cannot be told.</summary>
    public string? Boot { get; init; }

    public required string Time { get; init; }

    /// <summary>Which key signed.</summary>
    public required string Key { get; init; }

    public byte[] Signature { get; init; } = [];

    /// <summary>Before the first record.</summary>
    public static LogHead Empty(CheckpointKey key, string time) =>
        new LogHead
        {
            Seq = 0,
            Hash = LogFormat.NoHash,
            FlushedSeq = 0,
            FlushedHash = LogFormat.NoHash,
            Boot = MachineStart.Id,
            Time = time,
            Key = key.Id,
        }.SignedBy(key);

    /// <returns>Null if the bytes are not exactly those that <see cref="ToBytes"/> gives for some head.</returns>
    public static LogHead? Read(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return
                JsonSerializer.Deserialize(bytes, LogFormat.Json.LogHead) is { Seq: >= 0, FlushedSeq: >= 0 } head
                && bytes.SequenceEqual(head.ToBytes())
                ? head
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public LogHead SignedBy(CheckpointKey key) => this with { Key = key.Id, Signature = key.Sign(Text()) };

    public bool IsSignedBy(CheckpointKey key) => Key == key.Id && key.HasSigned(Text(), Signature);

    /// <summary>Whether a log that ends with <paramref name="seq"/> may have lost the rest to the power: not flushed, and the machine was started since.</summary>
    public bool ExplainsLossAfter(long seq) => seq >= FlushedSeq && (Boot is null || Boot != MachineStart.Id);

    public byte[] ToBytes() => [.. JsonSerializer.SerializeToUtf8Bytes(this, LogFormat.Json.LogHead), (byte)'\n'];

    private string Text() =>
        $"km audit head 1\n{LogFormat.Number(Seq)}\n{Hash}\n{LogFormat.Number(FlushedSeq)}\n{FlushedHash}\n{Boot}\n{Time}\n";
}
