namespace Kilometers.Plugin.Sdk.Observing;

/// <summary>Something that happened to the session other than a message.</summary>
public sealed class StreamEvent
{
    /// <summary>What happened; the known ones are in <see cref="StreamEventType"/>, more may come.</summary>
    public string Type { get; init; } = "";

    /// <summary>When, in UTC.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>Details, by lower-case name (docs/protocol.md). Values may contain anything.</summary>
    public IReadOnlyDictionary<string, string> Data { get; init; } = new Dictionary<string, string>();
}
