using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Tests.Forging;
using Kilometers.Packaging.Trust;
using Kilometers.Packaging.Verification;

namespace Kilometers.Packaging.Tests.Verification;

/// <summary>Honest packages in the wrong place: revoked, of others, for others, too old.</summary>
public sealed class HostAttackTests
{
    private static readonly RevocationList List = new()
    {
        Number = 3,
        Issued = TestAuthority.Start,
        Expires = TestAuthority.Start.AddDays(60),
    };

    [Fact]
    public void RevokedSigner_IsRefused() =>
        Revoked(List with { Certificates = [TestAuthority.Trusted.Publisher.Certificate.SerialNumber.ToLowerInvariant()] });

    [Fact]
    public void RevokedAuthorityAboveTheSigner_IsRefused()
    {
        // A list signed by a second authority revokes the first.
        var authority = TestAuthority.Trusted;
        var second = IntermediateCertificate.Issue(
            authority.RootCertificate,
            authority.RootKey,
            TestAuthority.Unknown.IntermediateKey,
            "Trusted 2",
            "Trusted",
            TestAuthority.Start
        );
        using var lists = new PemSigner(second.ExportCertificatePem(), TestAuthority.Unknown.IntermediateKey.ExportPkcs8PrivateKeyPem());
        var list = RevocationList.Write(List with { Certificates = [authority.Intermediate.SerialNumber.ToLowerInvariant()] }, lists);
        Verdict.Refused(
            ErrorCode.Revoked,
            PackageGate.Revocation,
            PackageForge.Build(),
            Verdict.Policy with
            {
                Revocations = RevocationList.Read(list, Verdict.Policy.Roots, TestAuthority.Now),
            }
        );
    }

    [Fact]
    public void RevokedPackage_IsRefused()
    {
        var package = PackageForge.Build();
        var digest = new PackageVerifier(Verdict.Policy).VerifyFront(new MemoryStream(package)).PayloadDigest;
        Verdict.Refused(ErrorCode.Revoked, PackageGate.Revocation, package, Verdict.With(List with { Payloads = [digest] }));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("1.2.3", "1.2.3")]
    [InlineData("1.0.0", null)]
    [InlineData(null, "2.0.0")]
    [InlineData("1.2.3-alpha", "1.2.3+build")]
    public void RevokedVersion_IsRefused(string? from, string? to) =>
        Revoked(
            List with
            {
                Versions =
                [
                    new RevokedVersions
                    {
                        Name = "forged",
                        From = from,
                        To = to,
                    },
                ],
            }
        );

    [Theory]
    [InlineData("forged", "1.2.4", null)]
    [InlineData("forged", null, "1.2.3-rc.1")]
    [InlineData("other", null, null)]
    public void OtherVersionOrPluginRevoked_Passes(string name, string? from, string? to) =>
        Verdict.Accepted(
            PackageForge.Build(),
            Verdict.With(
                List with
                {
                    Versions =
                    [
                        new RevokedVersions
                        {
                            Name = name,
                            From = from,
                            To = to,
                        },
                    ],
                }
            )
        );

    [Fact]
    public void RevokedBuildOfACustomer_IsRefused() =>
        Verdict.Refused(
            ErrorCode.Revoked,
            PackageGate.Revocation,
            Customers.Sealed(),
            Verdict.With(List with { Builds = [Customers.Binding.BuildId] })
        );

    [Fact]
    public void ListThatIsOutOfDate_StillHolds()
    {
        var policy = Verdict.With(List with { Versions = [new RevokedVersions { Name = "forged" }] });
        Verdict.Refused(
            ErrorCode.Revoked,
            PackageGate.Revocation,
            PackageForge.Build(),
            policy with
            {
                Now = TestAuthority.Start.AddDays(90),
            }
        );
    }

    [Theory]
    [InlineData("customer_999", "abc123")]
    [InlineData("customer_999", null)]
    [InlineData("CUSTOMER_123", null)]
    [InlineData("", null)]
    [InlineData(null, "abc124")]
    [InlineData(null, null)]
    public void OtherCustomer_IsRefused(string? customer, string? key) =>
        Verdict.Refused(
            ErrorCode.OtherCustomer,
            PackageGate.Customer,
            Customers.Sealed(),
            Verdict.Policy with
            {
                Host = Verdict.Host with { CustomerId = customer, KeyId = key },
            }
        );

    [Theory]
    [InlineData("linux", "arm64")]
    [InlineData("macos", "x64")]
    public void OtherPlatform_IsRefused(string os, string arch) =>
        Refused(ErrorCode.Platform, PackageGate.Compatibility, manifest => manifest with { Os = os, Arch = arch });

    [Fact]
    public void HigherTier_IsRefused() =>
        Refused(ErrorCode.TierTooLow, PackageGate.Tier, manifest => manifest with { RequiredTier = "Pro" });

    [Fact]
    public void NoTierAtAll_IsRefused() =>
        Verdict.Refused(
            ErrorCode.TierTooLow,
            PackageGate.Tier,
            PackageForge.Build(),
            Verdict.Policy with
            {
                Host = Verdict.Host with { Tier = Tier.None },
            }
        );

    [Theory]
    [InlineData("1.4.1", null)]
    [InlineData("2.0.0", "3.0.0")]
    [InlineData("1.0.0", "1.3.9")]
    [InlineData("1.0.0", "1.4.0-rc.1")]
    public void OldOrNewCli_IsRefused(string minimum, string? maximum) =>
        Refused(ErrorCode.CliVersion, PackageGate.Compatibility, manifest =>
            manifest with
            {
                MinimumCliVersion = minimum,
                MaximumCliVersion = maximum,
            }
        );

    [Fact]
    public void CliOfNoKnownVersion_IsRefused() =>
        Verdict.Refused(
            ErrorCode.CliVersion,
            PackageGate.Compatibility,
            PackageForge.Build(),
            Verdict.Policy with
            {
                Host = Verdict.Host with { CliVersion = "unknown" },
            }
        );

    [Fact]
    public void OtherProtocolVersion_IsRefused() =>
        Refused(ErrorCode.ProtocolVersion, PackageGate.Compatibility, manifest => manifest with { ProtocolVersions = [3] });

    [Fact]
    public void Downgrade_IsRefused() =>
        Verdict.Refused(
            ErrorCode.Downgrade,
            PackageGate.Sequence,
            PackageForge.Build(),
            Verdict.Policy with
            {
                HighestSequence = name => name == "forged" ? 6 : 0,
            }
        );

    [Fact]
    public void Downgrade_AllowedByTheUser_Passes() =>
        Verdict.Accepted(PackageForge.Build(), Verdict.Policy with { HighestSequence = _ => 6, AllowDowngrade = true });

    [Fact]
    public void SameRelease_Passes() => Verdict.Accepted(PackageForge.Build(), Verdict.Policy with { HighestSequence = _ => 5 });

    [Fact]
    public void TierRefusal_SaysWhatToDo()
    {
        var refusal = Verdict.Refused(
            ErrorCode.TierTooLow,
            PackageGate.Tier,
            PackageForge.Build(forge => forge.Manifest = manifest => manifest with { RequiredTier = "Pro" })
        );
        Assert.Equal("Sign in with a subscription that includes it: km auth login", refusal.Error!.Hint);
    }

    private static void Revoked(RevocationList list) =>
        Verdict.Refused(ErrorCode.Revoked, PackageGate.Revocation, PackageForge.Build(), Verdict.With(list));

    private static void Refused(string code, PackageGate gate, Func<PluginManifest, PluginManifest> change) =>
        Verdict.Refused(code, gate, PackageForge.Build(forge => forge.Manifest = change));
}
