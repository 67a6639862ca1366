using System.Text;
using Kilometers.Contracts;
using Kilometers.Packaging.Tests.Forging;
using Kilometers.Packaging.Verification;

namespace Kilometers.Packaging.Tests.Verification;

/// <summary>Payloads, signed by a trusted signer, that hold something else than the plain files listed.</summary>
public sealed class PayloadAttackTests
{
    [Theory]
    [InlineData("../evil")]
    [InlineData("data/../../evil")]
    [InlineData("/tmp/evil")]
    [InlineData("./evil")]
    [InlineData("data//evil")]
    [InlineData("data\\evil")]
    [InlineData("C:evil")]
    [InlineData("evil/")]
    [InlineData("evil.")]
    [InlineData(".evil")]
    [InlineData("nul.txt")]
    [InlineData("com1")]
    [InlineData("évil")]
    [InlineData("a b")]
    [InlineData("a\u0000b")]
    [InlineData("")]
    public void ListedPathThatIsNotPlain_IsRefused(string path) =>
        Refused(ErrorCode.ManifestRule, PackageGate.Manifest, forge =>
            forge.Manifest = manifest => manifest with { Files = [.. manifest.Files, manifest.Files[0] with { Path = path }] }
        );

    [Theory]
    [InlineData("../evil")]
    [InlineData("/tmp/evil")]
    [InlineData("C:\\evil")]
    public void TraversalInTheArchiveAlone_IsRefused(string path) =>
        Tar(ErrorCode.PayloadContent, members => [new(path, members[0].Content) { IsExecutable = true }, members[1]]);

    [Theory]
    [InlineData("KM-plugin-forged")]
    [InlineData("km-plugin-forged")]
    public void CaseCollisionOrDuplicateInTheList_IsRefused(string path) =>
        Refused(ErrorCode.ManifestRule, PackageGate.Manifest, forge => forge.Files.Add(forge.Files[0] with { Path = path }));

    [Fact]
    public void FileThatIsAFolderToo_IsRefused() =>
        Refused(ErrorCode.ManifestRule, PackageGate.Manifest, forge => forge.Files.Add(new ForgedFile("data", [1], false)));

    [Theory]
    [InlineData('2', "/etc/passwd")]
    [InlineData('2', "km-plugin-forged")]
    [InlineData('1', "/etc/passwd")]
    [InlineData('1', "km-plugin-forged")]
    [InlineData('3', "")]
    [InlineData('4', "")]
    [InlineData('5', "")]
    [InlineData('6', "")]
    [InlineData('7', "")]
    [InlineData('S', "")]
    [InlineData('\0', "")]
    public void LinkDeviceFolderOrPipe_IsRefused(char type, string target) =>
        Tar(ErrorCode.PayloadContent, members => [members[0], TarMember.Link(members[1].Name, type, target)]);

    [Fact]
    public void LinkBeforeAFile_IsRefused() => Tar(ErrorCode.PayloadContent, members => [TarMember.Link("data", '2', "/tmp"), .. members]);

    [Theory]
    [InlineData('x', "19 path=data/evil.txt\n")]
    [InlineData('g', "19 path=data/evil.txt\n")]
    [InlineData('L', "../../evil\0")]
    [InlineData('K', "../../evil\0")]
    public void ExtendedHeader_IsRefused(char type, string content) =>
        Tar(ErrorCode.PayloadContent, members =>
            [members[0], new(type.ToString(), Encoding.ASCII.GetBytes(content)) { Header = header => header[156] = (byte)type }, members[1]]
        );

    [Fact]
    public void NamePrefix_IsRefused() =>
        Tar(ErrorCode.PayloadContent, members => [members[0], members[1] with { Header = header => "../.."u8.CopyTo(header.AsSpan(345)) }]);

    [Fact]
    public void SetUserIdBit_IsRefused() =>
        Tar(ErrorCode.FileDigest, members => [members[0] with { Header = header => "0004755"u8.CopyTo(header.AsSpan(100)) }, members[1]]);

    [Fact]
    public void ListedSetUserIdBit_IsRefused() =>
        Refused(ErrorCode.ManifestRule, PackageGate.Manifest, forge =>
            forge.Manifest = manifest => manifest with { Files = [manifest.Files[0] with { Mode = "4755" }, manifest.Files[1]] }
        );

    [Fact]
    public void UnlistedFileAtTheEnd_IsRefused() => Tar(ErrorCode.PayloadContent, members => [.. members, new("evil", [1, 2, 3])]);

    [Fact]
    public void UnlistedFileAtTheBeginning_IsRefused() => Tar(ErrorCode.PayloadContent, members => [new("evil", [1, 2, 3]), .. members]);

    [Fact]
    public void UnlistedFileBehindTheEnd_IsRefused() =>
        Refused(ErrorCode.PackageTooLarge, PackageGate.Files, forge =>
            forge.Payload = _ => PackageForge.GZip([.. Archive(forge), .. TarMember.Archive([new("evil", [1])])])
        );

    [Fact]
    public void MissingFile_IsRefused() => Tar(ErrorCode.PayloadContent, members => [members[0]]);

    [Fact]
    public void NoFile_IsRefused() => Tar(ErrorCode.PayloadContent, _ => []);

    [Fact]
    public void ReorderedFiles_AreRefused() => Tar(ErrorCode.PayloadContent, members => [members[1], members[0]]);

    [Fact]
    public void DuplicatedFile_IsRefused() => Tar(ErrorCode.PayloadContent, members => [members[0], members[0], members[1]]);

    [Fact]
    public void OtherContent_IsRefused() =>
        Tar(ErrorCode.FileDigest, members => [members[0], members[1] with { Content = "hellO"u8.ToArray() }]);

    [Fact]
    public void LongerFileThanListed_IsRefused() =>
        Tar(ErrorCode.FileDigest, members => [members[0], members[1] with { Content = "hello!"u8.ToArray() }]);

    [Fact]
    public void ShorterFileThanItsHeaderSays_IsRefused() =>
        Tar(ErrorCode.FileDigest, members =>
            [
                members[0] with
                {
                    Content = members[0].Content[..1000],
                    ClaimedSize = members[0].Content.Length,
                },
                new("filler", new byte[30_000]),
            ]
        );

    [Fact]
    public void SizeLieInTheList_IsRefused() =>
        Refused(ErrorCode.FileDigest, PackageGate.Files, forge =>
            forge.Manifest = manifest => manifest with { Files = [manifest.Files[0], manifest.Files[1] with { Size = 4 }] }
        );

    [Theory]
    [InlineData(-1)]
    [InlineData(3L << 30)]
    public void ImpossibleSizeInTheList_IsRefused(long size) =>
        Refused(ErrorCode.ManifestRule, PackageGate.Manifest, forge =>
            forge.Manifest = manifest => manifest with { Files = [manifest.Files[0], manifest.Files[1] with { Size = size }] }
        );

    [Fact]
    public void FilesTogetherAboveTheLimit_AreRefused() =>
        Refused(ErrorCode.ManifestRule, PackageGate.Manifest, forge =>
            forge.Manifest = manifest => manifest with { Files = [.. manifest.Files.Select(file => file with { Size = (1L << 30) + 1 })] }
        );

    [Fact]
    public void DecompressionBombBehindTheFiles_IsRefusedAtItsFirstByte()
    {
        // Half a gigabyte of zeros in half a megabyte.
        const int Expanded = 512 << 20;
        byte[]? bomb = null;
        var before = GC.GetAllocatedBytesForCurrentThread();
        var package = PackageForge.Build(forge =>
            forge.Payload = _ => bomb = PackageForge.GZip([.. Archive(forge), .. new byte[Expanded]])
        );
        Assert.True(bomb!.Length < Expanded / 500, $"{bomb.Length}");
        before = GC.GetAllocatedBytesForCurrentThread();
        Verdict.Refused(ErrorCode.PackageTooLarge, PackageGate.Files, package);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Expanded / 32);
    }

    [Fact]
    public void DecompressionBombAsAFile_IsRefused() =>
        Tar(ErrorCode.FileDigest, members => [members[0], members[1] with { Content = new byte[64 << 20] }]);

    [Fact]
    public void TruncatedCompression_IsRefused() =>
        Refused(ErrorCode.PayloadContent, PackageGate.Files, forge => forge.Payload = payload => payload[..(payload.Length / 2)]);

    [Theory]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 0x1f, 0x8b })]
    [InlineData(new byte[] { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff })]
    public void NoCompressionAtAll_IsRefused(byte[] payload) =>
        Refused(ErrorCode.PayloadContent, PackageGate.Files, forge => forge.Payload = _ => payload);

    [Fact]
    public void EmptyPayload_IsRefused() => Refused(ErrorCode.ManifestRule, PackageGate.Manifest, forge => forge.Payload = _ => []);

    [Fact]
    public void EntrypointThatIsNotAmongTheFiles_IsRefused() =>
        Refused(ErrorCode.ManifestRule, PackageGate.Manifest, forge =>
            forge.Manifest = manifest => manifest with { Entrypoint = "data/other" }
        );

    [Fact]
    public void EntrypointThatMustNotRun_IsRefused() =>
        Refused(ErrorCode.ManifestRule, PackageGate.Manifest, forge =>
            forge.Manifest = manifest => manifest with { Entrypoint = "data/readme.txt" }
        );

    private static byte[] Archive(PackageForge forge) =>
        TarMember.Archive(forge.Files.Select(file => new TarMember(file.Path, file.Content) { IsExecutable = file.IsExecutable }));

    private static void Tar(string code, Func<List<TarMember>, IEnumerable<TarMember>> change) =>
        Refused(code, PackageGate.Files, forge => forge.Tar = change);

    private static void Refused(string code, PackageGate gate, Action<PackageForge> change) =>
        Verdict.Refused(code, gate, PackageForge.Build(change));
}
