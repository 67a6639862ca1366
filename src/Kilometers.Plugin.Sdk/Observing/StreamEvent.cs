namespace Kilometers.Plugin.Sdk.Observing;

/// <summary>Something that happened to the session other than a message.</summary>
public sealed class StreamEvent
{
    /// <summary>What happened; the known ones are in <see cref="StreamEventType"/>, more may come.</summary>
    public string Type { get; init; } = "";

    /// <summary>The position in the session, rising; the same number again means the same item, delivered again after a crash. 0 under contract version 1.</summary>
    public ulong Sequence { get; init; }

    /// <summary>When, in UTC.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>Details, by lower-case name (docs/protocol.md). Values may contain anything.</summary>
    public IReadOnlyDictionary<string, string> Data { get; init; } = new Dictionary<string, string>();
}
