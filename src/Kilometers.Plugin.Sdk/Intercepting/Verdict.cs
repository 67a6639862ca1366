namespace Kilometers.Plugin.Sdk.Intercepting;

/// <summary>What becomes of a request.</summary>
public sealed class Verdict
{
    private Verdict(VerdictKind kind, string reason) => (Kind, Reason) = (kind, reason);

    /// <summary>The server gets the request, as the client wrote it.</summary>
    public static Verdict Allow { get; } = new(VerdictKind.Allow, "");

    /// <summary>Why it is not allowed; empty if it is.</summary>
    public string Reason { get; }

    internal VerdictKind Kind { get; }

    /// <summary>The server does not get the request; the client gets a JSON-RPC error.</summary>
    /// <param name="reason">Why, in one or two sentences for the client, its user and the audit log; max 2000 characters. No secrets.</param>
    /// <returns>The verdict.</returns>
    public static Verdict Deny(string reason) => new(VerdictKind.Deny, reason);

    /// <summary>
    /// The server does not get the request; a call of a tool gets a result with <c>isError</c>, which the model reads and can react to. Any
    /// other request is denied.
    /// </summary>
    /// <inheritdoc cref="Deny"/>
    public static Verdict ReplaceResult(string reason) => new(VerdictKind.ReplaceResult, reason);
}

internal enum VerdictKind
{
    None = 0,
    Allow,
    Deny,
    ReplaceResult,
}
