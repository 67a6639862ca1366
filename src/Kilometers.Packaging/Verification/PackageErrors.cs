using Kilometers.Contracts;
using Kilometers.Packaging.Archive;

namespace Kilometers.Packaging.Verification;

/// <summary>The words for a package that was refused: the gate in a few, the reason in one sentence, what to do.</summary>
public static class PackageErrors
{
    /// <summary>Puts it in words.</summary>
    /// <param name="e">Why it was refused.</param>
    /// <returns>The error as it will be shown.</returns>
    public static KmError Explain(PackageFormatException e) => new(e.Code, Summary(e.Code), e.Message, Hint(e.Code));

    private static string Summary(string code) =>
        code switch
        {
            ErrorCode.InvalidSignature => "Invalid signature",
            ErrorCode.Unsigned => "Not signed",
            ErrorCode.UntrustedChain => "Not signed by a trusted publisher",
            ErrorCode.SignerRole => "Signed with a certificate for another kind of package",
            ErrorCode.SignerExpired => "The signer's certificate is not valid at this time",
            ErrorCode.Revoked => "Revoked",
            ErrorCode.StatementType => "Not the statement that is expected here",
            ErrorCode.RevocationList => "The revocation list cannot be used",
            ErrorCode.ManifestForm or ErrorCode.ManifestRule => "Invalid manifest",
            ErrorCode.PackageTooLarge => "Larger than allowed",
            ErrorCode.PackageTruncated => "Incomplete package",
            ErrorCode.PayloadDigest or ErrorCode.PayloadContent or ErrorCode.FileDigest => "The content is not what was signed",
            ErrorCode.OtherCustomer => "Built for another customer",
            ErrorCode.CustomerSeal => "The customer's seal does not match",
            ErrorCode.TierTooLow => "The subscription does not cover it",
            ErrorCode.CliVersion or ErrorCode.ProtocolVersion => "Not made for this km",
            ErrorCode.Platform => "Not made for this machine",
            ErrorCode.Downgrade => "Older than what was installed",
            ErrorCode.PackageSource => "This cannot be packed",
            ErrorCode.SigningKeys => "The signing keys cannot be used",
            ErrorCode.InvalidTrustRoot => "Not a trust root",
            _ => "Not a plugin package",
        };

    private static string Hint(string code) =>
        code switch
        {
            ErrorCode.UntrustedChain => "If you know the publisher, add its root: km trust add ROOT.pem",
            ErrorCode.Unsigned =>
                "Sign it with `kmpkg sign`, or get the signed package from its publisher; to try your own plugin: km monitor --dev-plugin PROGRAM -- COMMAND",
            ErrorCode.SignerRole =>
                "Releases of km and plugins have signers of their own: kmpkg sign --km signs a release of km; without keys for it: kmpkg keys rotate --km",
            ErrorCode.SignerExpired => "Check this machine's clock; otherwise ask the publisher for a re-signed package",
            ErrorCode.Revoked => "Install a newer version",
            ErrorCode.PackageTruncated => "Download it again",
            ErrorCode.OtherCustomer => "Sign in as that customer, or get the package that was built for you",
            ErrorCode.TierTooLow => "Sign in with a subscription that includes it: km auth login",
            ErrorCode.CliVersion => "Update CLI: km update",
            ErrorCode.ProtocolVersion => "Update the older of the two",
            ErrorCode.Platform => "Get the package for this machine",
            ErrorCode.Downgrade => "To go back on purpose: km plugins install FILE --allow-downgrade",
            ErrorCode.PackageSource => "Correct it, and pack again",
            ErrorCode.ManifestRule => "Correct the manifest, or tell the publisher",
            ErrorCode.SigningKeys => "Check the folder of keys; make one with: kmpkg keys init",
            ErrorCode.InvalidTrustRoot => "Give one self-signed root certificate in PEM form",
            ErrorCode.RevocationList => "Get the current list from the publisher of the root",
            ErrorCode.Container => "Check that it is a .kmpkg file, and that nothing unpacked or repacked it",
            _ => $"Ask the publisher of the package, with error code: {code}",
        };
}
