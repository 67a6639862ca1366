using Kilometers.Contracts;
using Kilometers.Packaging.Verification;

namespace Kilometers.PluginHost.Discovery;

/// <summary>A package that was looked at, but not into: its payload is verified when it is launched.</summary>
/// <param name="Candidate">The file.</param>
/// <param name="Front">What became of the gates before the payload; null if it could not be read.</param>
/// <param name="Error">Why it does not run; null if nothing is against it so far.</param>
internal sealed record FoundPackage(PackageCandidate Candidate, PackageVerification? Front, KmError? Error)
{
    /// <summary>Its name where the signature vouches for it, else its file's.</summary>
    public string Name => Error is null && Front is not null ? Front.Manifest.Name : Front?.Unverified?.Name ?? Candidate.Label;

    /// <summary>Whether another package of the same name goes before it. No error: it is simply not the one.</summary>
    public bool IsSuperseded { get; init; }

    /// <summary>Whether it may be launched.</summary>
    public bool MayLaunch => Error is null && !IsSuperseded && Front is { IsFrontVerified: true };
}
