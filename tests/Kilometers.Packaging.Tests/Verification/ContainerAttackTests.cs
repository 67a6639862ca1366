using Kilometers.Contracts;
using Kilometers.Packaging.Archive;
using Kilometers.Packaging.Tests.Forging;
using Kilometers.Packaging.Verification;

namespace Kilometers.Packaging.Tests.Verification;

/// <summary>Files that are not the four members of a package, in their order, and nothing else.</summary>
public sealed class ContainerAttackTests
{
    [Fact]
    public void EmptyFile_IsRefused() => Verdict.Refused(ErrorCode.PackageTruncated, PackageGate.Container, []);

    [Fact]
    public void OtherVersion_IsRefused() =>
        Members(ErrorCode.Container, PackageGate.Container, members => [new("kmpkg", "2\n"u8.ToArray()), .. members[1..]]);

    [Fact]
    public void MissingMember_IsRefused() =>
        Members(ErrorCode.Container, PackageGate.Container, members => [members[0], members[1], members[3]]);

    [Fact]
    public void ReorderedMembers_AreRefused() =>
        Members(ErrorCode.Container, PackageGate.Container, members => [members[0], members[2], members[1], members[3]]);

    [Fact]
    public void DuplicatedAttestation_IsRefused() =>
        Members(ErrorCode.Container, PackageGate.Container, members => [members[0], members[1], members[1], .. members[2..]]);

    [Fact]
    public void DuplicatedPayload_IsRefused() => Members(ErrorCode.Container, PackageGate.Payload, members => [.. members, members[3]]);

    [Fact]
    public void ExtraMemberAtTheEnd_IsRefused() =>
        Members(ErrorCode.Container, PackageGate.Payload, members => [.. members, new("evil", [1])]);

    [Fact]
    public void ExtraMemberAtTheBeginning_IsRefused() =>
        Members(ErrorCode.Container, PackageGate.Container, members => [new("evil", [1]), .. members]);

    [Fact]
    public void AppendedByte_IsRefused() => Bytes(ErrorCode.Container, PackageGate.Payload, bytes => [.. bytes, 0]);

    [Fact]
    public void ShortenedByAByte_IsRefused() => Bytes(ErrorCode.PackageTruncated, PackageGate.Payload, bytes => bytes[..^1]);

    [Fact]
    public void WithoutTheEnd_IsRefused() => Bytes(ErrorCode.PackageTruncated, PackageGate.Payload, bytes => bytes[..^1024]);

    [Theory]
    [InlineData('1')]
    [InlineData('2')]
    [InlineData('3')]
    [InlineData('5')]
    [InlineData('L')]
    [InlineData('x')]
    [InlineData('g')]
    [InlineData('\0')]
    public void MemberOfAnotherKind_IsRefused(char type) =>
        Members(ErrorCode.Container, PackageGate.Container, members =>
            [members[0], members[1] with { Header = header => header[156] = (byte)type }, .. members[2..]]
        );

    [Fact]
    public void MemberWithATime_IsRefused() =>
        Members(ErrorCode.Container, PackageGate.Container, members =>
            [members[0] with { Header = header => header[146] = (byte)'1' }, .. members[1..]]
        );

    [Fact]
    public void AttestationAboveItsLimit_IsRefused() =>
        Members(ErrorCode.PackageTooLarge, PackageGate.Container, members =>
            [members[0], new(members[1].Name, new byte[PackageLimits.Attestation + 1]), .. members[2..]]
        );

    [Fact]
    public void ChainAboveItsLimit_IsRefused() =>
        Members(ErrorCode.PackageTooLarge, PackageGate.Container, members =>
            [.. members[..2], new(members[2].Name, new byte[PackageLimits.Chain + 1]), members[3]]
        );

    [Fact]
    public void PayloadClaimingMoreThanTheLimit_IsRefused() =>
        Members(ErrorCode.PackageTooLarge, PackageGate.Container, members =>
            [.. members[..3], members[3] with { ClaimedSize = (512L << 20) + 1 }]
        );

    [Fact]
    public void AttestationClaimingMoreThanThereIs_IsRefused() =>
        Members(ErrorCode.PackageTruncated, PackageGate.Container, members =>
            [members[0], members[1] with { ClaimedSize = PackageLimits.Attestation }]
        );

    [Fact]
    public void SizeInBase256_IsRefused() =>
        Members(ErrorCode.Container, PackageGate.Container, members =>
            [.. members[..3], members[3] with { Header = header => header[124] = 0x80 }]
        );

    /// <summary>Cut anywhere, a package is refused, and never with an exception.</summary>
    [Fact]
    public void Truncated_Anywhere_IsRefused()
    {
        var package = PackageForge.Build();
        var verifier = new PackageVerifier(Verdict.Policy);
        for (var length = 0; length < package.Length; length += length < 9000 ? 97 : 1013)
        {
            var verification = verifier.Verify(
                new MemoryStream(package, 0, length),
                new MemoryStream(),
                null,
                null,
                CancellationToken.None
            );
            Assert.Equal(ErrorCode.PackageTruncated, verification.Error?.Code);
        }
    }

    private static void Members(string code, PackageGate gate, Func<List<TarMember>, IEnumerable<TarMember>> change) =>
        Verdict.Refused(code, gate, PackageForge.Build(forge => forge.Members = change));

    private static void Bytes(string code, PackageGate gate, Func<byte[], byte[]> change) =>
        Verdict.Refused(code, gate, PackageForge.Build(forge => forge.Bytes = change));
}
