using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Trust;

namespace Kilometers.Packaging.Verification;

/// <summary>What became of a verification. It is a success only if every gate was passed.</summary>
public sealed class PackageVerification
{
    private readonly GateResult[] _gates =
    [
        .. Enum.GetValues<PackageGate>().Select(gate => new GateResult(gate, GateOutcome.NotReached, "")),
    ];
    private PluginManifest? _manifest;

    internal PackageVerification() { }

    /// <summary>Whether every gate was passed.</summary>
    public bool IsVerified =>
        Error is null
        && _manifest is not null
        && Signer is not null
        && Array.TrueForAll(_gates, gate => gate.Outcome == GateOutcome.Passed);

    /// <summary>Whether every gate before the payload was passed: enough to show a package, not to run it.</summary>
    public bool IsFrontVerified =>
        _manifest is not null
        && Signer is not null
        && Array.TrueForAll(_gates, gate => gate.Gate >= PackageGate.Payload || gate.Outcome == GateOutcome.Passed);

    /// <summary>Every gate's outcome, in order.</summary>
    public IReadOnlyList<GateResult> Gates => _gates;

    /// <summary>Why it failed; null if nothing did.</summary>
    public KmError? Error { get; private set; }

    /// <summary>The manifest of a package that passed all gates that were asked.</summary>
    /// <exception cref="InvalidOperationException">It did not.</exception>
    public PluginManifest Manifest =>
        IsFrontVerified && Error is null
            ? _manifest!
            : throw new InvalidOperationException("A package that is not verified has no manifest");

    /// <summary>What the package says about itself, believed by nobody: only to be shown, as such. Null where it could not be read.</summary>
    public PluginManifest? Unverified => _manifest;

    /// <summary>Who signed; null until that is certain.</summary>
    public TrustedSigner? Signer { get; internal set; }

    /// <summary>SHA-256 of the payload as signed, hexadecimal digits; empty until the statement was read.</summary>
    public string PayloadDigest { get; private set; } = "";

    /// <summary>
    /// SHA-256 of exactly what the signature covers, hexadecimal digits: the manifest and the payload's digest. Empty until the statement was
    /// read. Two packages with the same one do the same and may do the same, even if they were signed at different times.
    /// </summary>
    public string StatementDigest { get; private set; } = "";

    internal void Pass(PackageGate gate, string detail) => _gates[(int)gate] = new GateResult(gate, GateOutcome.Passed, detail);

    internal void Fail(PackageGate gate, KmError error)
    {
        _gates[(int)gate] = new GateResult(gate, GateOutcome.Failed, error.Detail ?? error.Summary);
        Error = error;
    }

    internal void Describe(PluginManifest manifest, string payloadDigest, string statementDigest) =>
        (_manifest, PayloadDigest, StatementDigest) = (manifest, payloadDigest, statementDigest);
}
