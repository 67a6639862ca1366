namespace Kilometers.Monitoring.Observation;

/// <summary>Something that happened to the session. The types stand in <c>docs/protocol.md</c>.</summary>
public sealed class ObservedEvent : ObservedItem
{
    /// <summary><c>session.started</c>, <c>server.exited</c> and so on.</summary>
    public required string Type { get; init; }

    /// <summary>Details; may be empty.</summary>
    public IReadOnlyDictionary<string, string> Data { get; init; } = new Dictionary<string, string>();
}
