using Kilometers.Contracts;
using Kilometers.Packaging.Trust;

namespace Kilometers.Packaging.Verification;

/// <summary>What a package is held against: everything that the package itself must not decide.</summary>
public sealed record VerificationPolicy
{
    /// <summary>What the package must be of; null: anything, for a publisher's own check.</summary>
    public PackageKind? Kind { get; init; } = PackageKind.Plugin;

    /// <summary>The trusted roots.</summary>
    public required IReadOnlyList<TrustRoot> Roots { get; init; }

    /// <summary>What was revoked.</summary>
    public RevocationList Revocations { get; init; } = RevocationList.Empty;

    /// <summary>The time.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The host that wants to run it; null: it will not be run here, the gates about that pass unasked (a publisher's own check).</summary>
    public HostFacts? Host { get; init; }

    /// <summary>The highest release sequence of a plugin that was ever installed; 0: none. Not asked without a host.</summary>
    public Func<string, long> HighestSequence { get; init; } = _ => 0;

    /// <summary>Whether an older release is accepted, because the user said so.</summary>
    public bool AllowDowngrade { get; init; }
}

/// <summary>The host and its user.</summary>
public sealed record HostFacts
{
    /// <summary>SemVer of km.</summary>
    public required string CliVersion { get; init; }

    /// <summary><c>linux</c>, <c>macos</c> or <c>windows</c>.</summary>
    public required string Os { get; init; }

    /// <summary><c>x64</c> or <c>arm64</c>.</summary>
    public required string Arch { get; init; }

    /// <summary>Versions of the km contract that it speaks.</summary>
    public required IReadOnlyList<int> ProtocolVersions { get; init; }

    /// <summary>The subscription.</summary>
    public Tier Tier { get; init; } = Tier.Free;

    /// <summary>The customer; null where it is not known.</summary>
    public string? CustomerId { get; init; }

    /// <summary>The public part of the user's API key; null where there is none. Decides only while the customer is not known.</summary>
    public string? KeyId { get; init; }
}
