using Kilometers.Monitoring.JsonRpc;

namespace Kilometers.Monitoring.Observation;

/// <summary>Who sent a message.</summary>
public enum Direction
{
    /// <summary>Client to server; <c>inbound</c> on the wire of contract version 1.</summary>
    Inbound = 0,

    /// <summary>Server to client; <c>outbound</c>.</summary>
    Outbound = 1,
}

/// <summary>Something that was observed, in the one order of the session.</summary>
public abstract class ObservedItem
{
    private protected ObservedItem()
    {
    }

    /// <summary>Rises by one from item to item, from 1.</summary>
    public required ulong Sequence { get; init; }

    /// <summary>Since the session began.</summary>
    public required TimeSpan SessionTime { get; init; }

    /// <summary>Bytes that this item keeps in memory, roughly.</summary>
    public virtual int Weight => 256;
}

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

    /// <summary>Which exchange it belongs to.</summary>
    public required Exchange Exchange { get; init; }

    /// <summary>The method of a request or notification; of a response, its request's, where that was seen.</summary>
    public string? Method => Envelope.Method ?? Exchange.Method;

    /// <summary>The tool, prompt or resource; of a response, its request's.</summary>
    public string? Name => Envelope.Name ?? Exchange.Name;

    /// <inheritdoc/>
    public override int Weight => 384 + Payload.Length + (sizeof(char) * (Envelope.ErrorText?.Length ?? 0));
}

/// <summary>How a message hangs together with others.</summary>
public readonly record struct Exchange
{
    /// <summary>One number per request and its response, unique in the session, from 1.</summary>
    public ulong Number { get; init; }

    /// <summary>Of a response: the sequence of its request; 0 if that was not seen.</summary>
    public ulong RequestSequence { get; init; }

    /// <summary>Of a response: the time since its request was read; null if that was not seen.</summary>
    public TimeSpan? Latency { get; init; }

    /// <summary>Of a response: the request's method.</summary>
    public string? Method { get; init; }

    /// <summary>Of a response: the request's tool, prompt or resource.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// Of a response: whether it could belong to more than one request, because its id is null or several requests carry it. Which one is not
    /// known, so nothing is said about any.
    /// </summary>
    public bool IsAmbiguous { get; init; }

    /// <summary>Of a request that continues an <c>input_required</c> call: that call's number; else 0.</summary>
    public ulong RetryOf { get; init; }
}

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

/// <summary>Something that happened to the session. The types stand in <c>docs/protocol.md</c>.</summary>
public sealed class ObservedEvent : ObservedItem
{
    /// <summary><c>session.started</c>, <c>server.exited</c> and so on.</summary>
    public required string Type { get; init; }

    /// <summary>Details; may be empty.</summary>
    public IReadOnlyDictionary<string, string> Data { get; init; } = new Dictionary<string, string>();
}

/// <summary>Takes what was observed, in order, on the observer's thread. Must not block for long and must not throw.</summary>
public interface IObservationSink
{
    /// <summary>Whether any taker looks at payloads; else they are not copied, and <see cref="ObservedMessage.Payload"/> is empty.</summary>
    bool WantsPayload => true;

    /// <summary>Takes the next item.</summary>
    /// <param name="item">Shared by all takers; immutable.</param>
    void Observe(ObservedItem item);
}
