using Kilometers.Monitoring.JsonRpc;

namespace Kilometers.PluginHost.Dispatch;

/// <summary>What a plugin says of a request. The zero value decides nothing.</summary>
internal enum VerdictKind
{
    /// <summary>It gave none.</summary>
    None = 0,

    /// <summary>The server gets the request.</summary>
    Allow,

    /// <summary>It does not; the client gets an error.</summary>
    Deny,

    /// <summary>It does not; the model gets a result that says so.</summary>
    ReplaceResult,
}

/// <summary>A plugin's verdict.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="Reason">Why.</param>
internal readonly record struct PluginVerdict(VerdictKind Kind, string Reason);

/// <summary>One request of a line that is held: the line itself, or an element of a batch.</summary>
/// <param name="Envelope">What it says of itself.</param>
/// <param name="Payload">Its bytes.</param>
internal sealed record HeldCall(JsonRpcEnvelope Envelope, ReadOnlyMemory<byte> Payload)
{
    /// <summary>The protocol's version in the request itself, since 2026-07-28; before, a session has one.</summary>
    public bool IsModern => Envelope.ProtocolVersion is not null;

    /// <summary>The tool that it calls; null where it names none.</summary>
    public string? Tool { get; init; }

    /// <summary>Whether its answer would be a task, which has no form for "this failed at once".</summary>
    public bool WantsTask { get; init; }
}
