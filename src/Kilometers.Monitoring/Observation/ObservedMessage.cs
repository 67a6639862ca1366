using Kilometers.Monitoring.Correlation;
using Kilometers.Monitoring.JsonRpc;

namespace Kilometers.Monitoring.Observation;

/// <summary>A JSON-RPC message, or a line that is not one.</summary>
public sealed class ObservedMessage : ObservedItem
{
    /// <summary>Who sent it.</summary>
    public required Direction Direction { get; init; }

    /// <summary>What its envelope says. The method of a response is not in here: see <see cref="Method"/>.</summary>
    public required JsonRpcEnvelope Envelope { get; init; }

    /// <summary>
    /// The exact bytes without the line's end and a byte order mark; only the beginning where <see cref="Truncated"/>; empty where nobody wants it. Never
    /// changed after this.
    /// </summary>
    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The size of the whole message in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>
    /// Whether <see cref="Payload"/> is only the beginning: the message was larger than <c>--buffer-size</c>, or km could not keep all of it,
    /// which an event says right after it.
    /// </summary>
    public bool Truncated { get; init; }

    /// <summary>
    /// Of a request: km stopped it, as a policy says, and the server never saw it. Of an answer: km gave it in the server's place.
    /// </summary>
    public bool IsStopped { get; init; }

    /// <summary>Which exchange it belongs to.</summary>
    public required Exchange Exchange { get; init; }

    /// <summary>What takers choose it by.</summary>
    public MessageTraits Traits => new(Direction, Envelope.Kind, Method, Exchange.IsAmbiguous);

    /// <summary>The method of a request or notification; of a response, its request's, where that was seen.</summary>
    public string? Method => Envelope.Method ?? Exchange.Method;

    /// <summary>The tool, prompt or resource; of a response, its request's.</summary>
    public string? Name => Envelope.Name ?? Exchange.Name;

    /// <inheritdoc/>
    public override int Weight => 384 + Payload.Length + (sizeof(char) * (Envelope.ErrorText?.Length ?? 0));
}
