using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Building;
using Kilometers.Packaging.Tests.Forging;
using Kilometers.Packaging.Verification;

namespace Kilometers.Packaging.Tests.Verification;

/// <summary>A release of km and a plugin are never taken for each other, and a release holds km and nothing else.</summary>
public sealed class KmReleaseTests
{
    private static readonly VerificationPolicy ForKm = Verdict.Policy with { Kind = PackageKind.Km };

    [Fact]
    public void Release_WhereKmIsExpected_IsAccepted()
    {
        var (verification, files) = Verdict.Accepted(Release(), ForKm);
        Assert.Equal(("km", "2.0.0"), (verification.Manifest.Name, verification.Manifest.Version));
        Assert.Equal(["km"], files.Keys);
        Verdict.Accepted(Release(), Verdict.Policy with { Kind = null });
    }

    [Fact]
    public void Release_WhereAPluginIsExpected_IsRefused() => Verdict.Refused(ErrorCode.StatementType, PackageGate.Statement, Release());

    [Fact]
    public void Plugin_WhereKmIsExpected_IsRefused() => Verdict.Refused(ErrorCode.StatementType, PackageGate.Statement, PackageForge.Build(), ForKm);

    [Fact]
    public void Plugin_CalledKm_IsRefused() => Verdict.Refused(ErrorCode.ManifestRule, PackageGate.Manifest, Release(forge => forge.PredicateType = PluginManifest.PredicateType));

    [Fact]
    public void Release_ThatIsNotJustKm_IsRefused()
    {
        Refused(manifest => manifest with { Name = "kilometers" });
        Refused(manifest => manifest with { RequiredTier = "Pro" });
        Refused(manifest => manifest with { Os = "windows" });
        Refused(manifest => manifest with { Customer = new CustomerBinding { Id = "c", BuildId = "b", KeyId = "k" } });
        Verdict.Refused(ErrorCode.ManifestRule, PackageGate.Manifest, Release(forge => forge.Files = [.. forge.Files, new ForgedFile("libmore.so", [1], false)]), ForKm);

        static void Refused(Func<PluginManifest, PluginManifest> change) => Verdict.Refused(
            ErrorCode.ManifestRule, PackageGate.Manifest, Release(forge => { var before = forge.Manifest; forge.Manifest = manifest => change(before(manifest)); }), ForKm);
    }

    [Fact]
    public void Release_OfContractsThatThisKmDoesNotSpeak_IsAccepted() => Verdict.Accepted(
        Release(forge => { var before = forge.Manifest; forge.Manifest = manifest => before(manifest) with { ProtocolVersions = [7] }; }), ForKm);

    [Fact]
    public void CheckSigned_ForAnySigner_ChecksAllButTheChain()
    {
        var release = Release(forge => forge.Signer = TestAuthority.Unknown.Publisher);
        Assert.Equal("km", PackageSigning.CheckSigned(new MemoryStream(release), PackageKind.Km, CancellationToken.None).Name);
        Fails(ErrorCode.StatementType, PackageForge.Build());
        Fails(ErrorCode.InvalidSignature, Release(forge => forge.Envelope = json => json.Replace("\"sig\":\"", "\"sig\":\"AAAA", StringComparison.Ordinal)));
        Fails(ErrorCode.PackageTruncated, release[..^600]);
        release[PackageForge.PayloadStart(release) + 30] ^= 1;
        Fails(ErrorCode.PayloadDigest, release);

        static void Fails(string code, byte[] package) => Assert.Equal(
            code, Assert.Throws<Packaging.Archive.PackageFormatException>(() => PackageSigning.CheckSigned(new MemoryStream(package), PackageKind.Km, CancellationToken.None)).Code);
    }

    [Fact]
    public void Build_OfAManifestCalledKm_MakesARelease()
    {
        var description = new PluginDescription
        {
            Name = "km",
            Version = "2.0.0",
            ReleaseSequence = 2,
            Description = "km",
            Author = "The tests",
            Category = "integration",
            RequiredTier = "Free",
            ProtocolVersions = [1, 2],
            MinimumCliVersion = "1.0.0",
            Entrypoint = "km",
        };
        var source = new PackageSource { Description = description, Os = "linux", Arch = "x64", Files = [new("km", () => new MemoryStream(PackageForge.Program()), true)], Build = new BuildOrigin { Source = "", Commit = "", Time = TestAuthority.Start } };
        using var payload = new MemoryStream();
        var draft = PackageBuilder.Build(source, payload);
        Assert.StartsWith("km-", draft.FileName, StringComparison.Ordinal);
        using var unsigned = new MemoryStream();
        using var signed = new MemoryStream();
        draft.WriteUnsigned(unsigned, payload);
        unsigned.Position = 0;
        PackageSigning.Sign(unsigned, TestAuthority.Trusted.Publisher, signed, progress: null, CancellationToken.None);
        Verdict.Accepted(signed.ToArray(), ForKm);
        Verdict.Refused(ErrorCode.StatementType, PackageGate.Statement, signed.ToArray());
    }

    private static byte[] Release(Action<PackageForge>? change = null) => PackageForge.Build(forge =>
    {
        forge.PredicateType = KmRelease.PredicateType;
        forge.Files = [new ForgedFile("km", PackageForge.Program(), true)];
        forge.Manifest = manifest => manifest with { Name = "km", Version = "2.0.0", Entrypoint = "km" };
        change?.Invoke(forge);
    });
}
