using Kilometers.Monitoring.JsonRpc;

namespace Kilometers.Monitoring.Observation;

/// <summary>What a taker chooses messages by.</summary>
/// <param name="Direction">Who sent it.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Method">Its method; of a response, its request's, where that was seen.</param>
/// <param name="IsAmbiguous">Whether it could be the response to more than one request.</param>
public readonly record struct MessageTraits(Direction Direction, JsonRpcKind Kind, string? Method, bool IsAmbiguous);

/// <summary>How much of a message is wanted.</summary>
public enum WantedPart
{
    /// <summary>Nobody wants it: it is counted and paired, and nothing else is made of it.</summary>
    Nothing = 0,

    /// <summary>All but its bytes, which are not copied.</summary>
    Metadata = 1,

    /// <summary>All of it.</summary>
    Payload = 2,
}
