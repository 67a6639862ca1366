using System.Text.Json;

namespace Kilometers.Audit.Storage;

/// <summary>Which record was the last one, signed. Without it nobody could tell that a log was cut at the end of a line.</summary>
internal sealed record LogHead
{
    public const int LargestFile = 4096;

    /// <summary>0 before the first record.</summary>
    public required long Seq { get; init; }

    /// <summary>SHA-256 of the last line; zeros before the first record.</summary>
    public required string Hash { get; init; }

    public required string Time { get; init; }

    /// <summary>Which key signed.</summary>
    public required string Key { get; init; }

    public required byte[] Signature { get; init; }

    public static LogHead Sign(CheckpointKey key, long seq, string hash, string time) =>
        new() { Seq = seq, Hash = hash, Time = time, Key = key.Id, Signature = key.Sign(Text(seq, hash, time)) };

    /// <returns>Null if the bytes are not exactly those that <see cref="ToBytes"/> gives for some head.</returns>
    public static LogHead? Read(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, LogFormat.Json.LogHead) is { Seq: >= 0 } head && bytes.SequenceEqual(head.ToBytes()) ? head : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public bool IsSignedBy(CheckpointKey key) => Key == key.Id && key.HasSigned(Text(Seq, Hash, Time), Signature);

    public byte[] ToBytes() => [.. JsonSerializer.SerializeToUtf8Bytes(this, LogFormat.Json.LogHead), (byte)'\n'];

    private static string Text(long seq, string hash, string time) => $"km audit head 1\n{LogFormat.Number(seq)}\n{hash}\n{time}\n";
}
