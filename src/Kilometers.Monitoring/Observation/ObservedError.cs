using Kilometers.Monitoring.JsonRpc;

namespace Kilometers.Monitoring.Observation;

/// <summary>Something that km could not make sense of.</summary>
public sealed class ObservedError : ObservedItem
{
    /// <summary><c>parse_error</c>.</summary>
    public required string Type { get; init; }

    /// <summary>One sentence without payload.</summary>
    public required string Message { get; init; }

    /// <summary>Where it was seen.</summary>
    public required Direction Direction { get; init; }
}
