using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Tests.Forging;
using Kilometers.Packaging.Verification;

namespace Kilometers.Packaging.Tests.Verification;

/// <summary>What is signed is not what a package must say. A trusted signer signed all of these, by mistake or under duress.</summary>
public sealed class StatementAttackTests
{
    [Theory]
    [InlineData("application/vnd.in-toto+xml")]
    [InlineData("application/vnd.kilometers.revocations+json")]
    [InlineData("")]
    public void WrongPayloadType_IsRefused(string type) =>
        Refused(ErrorCode.StatementType, PackageGate.Statement, forge => forge.PayloadType = type);

    [Theory]
    [InlineData("https://slsa.dev/provenance/v1")]
    [InlineData("https://kilometers.ai/kmpkg/v2")]
    [InlineData("https://kilometers.ai/KMPKG/v1")]
    public void WrongPredicateType_IsRefused(string type) =>
        Refused(ErrorCode.StatementType, PackageGate.Statement, Replace(PluginManifest.PredicateType, type));

    [Fact]
    public void WrongStatementType_IsRefused() =>
        Refused(
            ErrorCode.StatementType,
            PackageGate.Statement,
            Replace(PackageStatement.StatementType, "https://in-toto.io/Statement/v0.1")
        );

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("\"text\"")]
    public void AnotherStatement_IsRefused(string statement) =>
        Refused(ErrorCode.StatementType, PackageGate.Statement, forge => forge.Statement = _ => statement);

    [Theory]
    [InlineData("")]
    [InlineData("no json")]
    [InlineData("{")]
    public void NoJson_IsRefused(string statement) =>
        Refused(ErrorCode.ManifestForm, PackageGate.Statement, forge => forge.Statement = _ => statement);

    [Fact]
    public void DuplicateKey_IsRefused() =>
        Refused(ErrorCode.ManifestForm, PackageGate.Statement, Replace("\"name\":\"forged\"", "\"name\":\"forged\",\"name\":\"other\""));

    [Fact]
    public void DuplicateKeyWrittenWithAnEscape_IsRefused() =>
        Refused(
            ErrorCode.ManifestForm,
            PackageGate.Statement,
            Replace("\"name\":\"forged\"", "\"name\":\"forged\",\"n\\u0061me\":\"other\"")
        );

    [Fact]
    public void DuplicatePredicate_IsRefused() =>
        Refused(ErrorCode.ManifestForm, PackageGate.Statement, forge => forge.Statement = json => json[..^1] + ",\"predicate\":{}}");

    [Theory]
    [InlineData("\"name\":\"forged\"", "\"name\":\"forged\",\"unknown\":1")]
    [InlineData("\"name\":\"forged\"", "\"Name\":\"forged\"")]
    [InlineData("\"name\":\"forged\"", "\"name\":null")]
    [InlineData("\"name\":\"forged\"", "\"name\":7")]
    [InlineData("\"name\":\"forged\"", "\"name\":\"\\ud800\"")]
    [InlineData("\"name\":\"forged\",", "")]
    [InlineData("\"releaseSequence\":5", "\"releaseSequence\":\"5\"")]
    [InlineData("\"releaseSequence\":5", "\"releaseSequence\":5.5")]
    [InlineData("\"releaseSequence\":5", "\"releaseSequence\":99999999999999999999")]
    [InlineData("\"subject\":[", "\"unknown\":[],\"subject\":[")]
    [InlineData("\"mode\":\"0755\"", "\"mode\":\"0755\",\"link\":\"/etc/passwd\"")]
    public void UnknownMissingOrOddMembers_AreRefused(string from, string to) =>
        Refused(ErrorCode.ManifestForm, PackageGate.Manifest, Replace(from, to));

    [Fact]
    public void DeeplyNestedJson_IsRefused() =>
        Refused(
            ErrorCode.ManifestForm,
            PackageGate.Statement,
            Replace("\"features\":[]", $"\"features\":{new string('[', 1000)}{new string(']', 1000)}")
        );

    [Theory]
    [InlineData("\"subject\":[]")]
    [InlineData("\"subject\":[null]")]
    [InlineData("\"subject\":[{\"name\":\"payload.tar.gz\",\"digest\":{\"sha256\":\"\"}}]")]
    [InlineData(
        "\"subject\":[{\"name\":\"other\",\"digest\":{\"sha256\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}}]"
    )]
    [InlineData(
        "\"subject\":[{\"name\":\"payload.tar.gz\",\"digest\":{\"sha256\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}}]"
    )]
    public void SubjectThatIsNotOnePayload_IsRefused(string subject) =>
        Refused(ErrorCode.StatementType, PackageGate.Manifest, forge =>
            forge.Statement = json =>
                json[..json.IndexOf("\"subject\"", StringComparison.Ordinal)]
                + subject
                + json[json.IndexOf(",\"predicateType\"", StringComparison.Ordinal)..]
        );

    [Theory]
    [InlineData("../forged")]
    [InlineData("/forged")]
    [InlineData("Forged")]
    [InlineData("f")]
    [InlineData("forged/..")]
    [InlineData("forged\u0000")]
    [InlineData("for\u202eged")]
    public void NameWithPathCharacters_IsRefused(string name) =>
        Refused(ErrorCode.ManifestRule, PackageGate.Manifest, forge => forge.Manifest = manifest => manifest with { Name = name });

    [Fact]
    public void ValidSignatureOverAnotherPackage_IsRefused()
    {
        // Envelope and chain of one package, payload of another of the same size.
        var other = PackageForge.Build(forge =>
            forge.SwappedPayload = payload =>
            {
                payload[^1] ^= 1;
                return payload;
            }
        );
        Verdict.Refused(ErrorCode.PayloadDigest, PackageGate.Payload, other);
    }

    [Fact]
    public void PayloadOfAnotherSize_IsRefusedBeforeItIsRead() =>
        Refused(ErrorCode.PayloadDigest, PackageGate.Manifest, forge => forge.SwappedPayload = _ => PackageForge.GZip([1, 2, 3]));

    [Fact]
    public void SizeLie_InTheManifest_IsRefused() =>
        Refused(ErrorCode.PayloadDigest, PackageGate.Manifest, forge =>
            forge.Manifest = manifest => manifest with { PayloadSize = manifest.PayloadSize + 1 }
        );

    private static Action<PackageForge> Replace(string from, string to) =>
        forge =>
            forge.Statement = json =>
            {
                Assert.Contains(from, json, StringComparison.Ordinal);
                return json.Replace(from, to, StringComparison.Ordinal);
            };

    private static void Refused(string code, PackageGate gate, Action<PackageForge> change) =>
        Verdict.Refused(code, gate, PackageForge.Build(change));
}
