namespace Kilometers.Packaging.Verification;

/// <summary>The gates that a package passes, in this order. <c>docs/packages.md</c> says what each establishes.</summary>
public enum PackageGate
{
    /// <summary>It has the form of a package.</summary>
    Container = 0,

    /// <summary>The attestation's signature fits its exact bytes and the signer's key.</summary>
    Signature,

    /// <summary>The signer's certificates lead to a trusted root and are made for signing plugins.</summary>
    Chain,

    /// <summary>What is signed is a statement about a plugin's payload.</summary>
    Statement,

    /// <summary>The manifest keeps every rule.</summary>
    Manifest,

    /// <summary>Neither signer nor package nor version was revoked.</summary>
    Revocation,

    /// <summary>It is for this customer, or for everybody.</summary>
    Customer,

    /// <summary>The subscription covers its tier.</summary>
    Tier,

    /// <summary>It is for this system and this km.</summary>
    Compatibility,

    /// <summary>It is not older than what was installed before.</summary>
    Sequence,

    /// <summary>The payload's bytes are the signed ones.</summary>
    Payload,

    /// <summary>The payload holds exactly the signed files.</summary>
    Files,

    /// <summary>The customer's seal says what the manifest says.</summary>
    Seal,
}

/// <summary>How a gate ended. The zero value is not a pass.</summary>
public enum GateOutcome
{
    /// <summary>An earlier gate failed.</summary>
    NotReached = 0,

    /// <summary>It failed.</summary>
    Failed,

    /// <summary>It was passed.</summary>
    Passed,
}

/// <summary>One gate's outcome.</summary>
/// <param name="Gate">The gate.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Detail">What was found, or what was wrong; empty where not reached.</param>
public readonly record struct GateResult(PackageGate Gate, GateOutcome Outcome, string Detail);
