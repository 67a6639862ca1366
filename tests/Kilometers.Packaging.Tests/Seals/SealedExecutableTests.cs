using CsCheck;
using Kilometers.Entitlements.Seals;
using Kilometers.Packaging.Tests.Forging;

namespace Kilometers.Packaging.Tests.Seals;

public sealed class SealedExecutableTests
{
    [Theory]
    [InlineData("\u007fELF", true)]
    [InlineData("MZ\u0090\0", true)]
    [InlineData("#!/b", false)]
    [InlineData("\u00cf\u00fa\u00ed\u00fe", false)]
    [InlineData("", false)]
    public void CanAppend_Executable_IsKnownByItsBeginning(string beginning, bool expected) =>
        Assert.Equal(expected, SealedExecutable.CanAppend(beginning.Select(c => (byte)c).ToArray()));

    [Fact]
    public void Find_WhatTrailerGave_IsTheSame() =>
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Byte.Array[1, 2000])
            .Sample(
                (program, seal) => Assert.Equal(seal, SealedExecutable.Find([.. program, .. SealedExecutable.Trailer(seal)]).ToArray())
            );

    [Fact]
    public void Find_AnyBytes_NeverThrows() =>
        Gen
            .Byte.Array[0, 60]
            .Sample(bytes => Assert.True(SealedExecutable.Find([.. bytes, .. "KM-SEAL1"u8]).Length <= Math.Max(0, bytes.Length - 4)));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    [InlineData(SealedExecutable.MaxSize + 1)]
    public void Find_ImpossibleLength_IsNone(int length) =>
        Assert.Empty(SealedExecutable.Find([.. new byte[20_000], .. BitConverter.GetBytes(length), .. "KM-SEAL1"u8]).ToArray());

    [Fact]
    public void Read_ProgramOnDisk_FindsTheSealAtItsEndFirst()
    {
        var folder = Directory.CreateTempSubdirectory("km-packaging-");
        try
        {
            var program = Path.Combine(folder.FullName, "program");
            var seal = Customers.Seal.Sign(Customers.IssuerKey);
            File.WriteAllBytes(program, PackageForge.Program());
            Assert.Null(SealedExecutable.Read(program));
            File.WriteAllBytes(Path.Combine(folder.FullName, SealedExecutable.FileName), seal);
            Assert.Equal("build-9", SealedExecutable.Read(program)!.BuildId);
            File.WriteAllBytes(
                program,
                [
                    .. PackageForge.Program(),
                    .. SealedExecutable.Trailer((Customers.Seal with { BuildId = "build-10" }).Sign(Customers.IssuerKey)),
                ]
            );
            Assert.Equal("build-10", SealedExecutable.Read(program)!.BuildId);
            File.WriteAllBytes(program, [.. PackageForge.Program(), .. SealedExecutable.Trailer([1, 2, 3])]);
            Assert.Null(SealedExecutable.Read(program));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("plugin", "km.seal")]
    [InlineData("bin/plugin", "bin/km.seal")]
    [InlineData("a/b/plugin", "a/b/km.seal")]
    public void FileBeside_Executable_IsInTheSameFolder(string executable, string expected) =>
        Assert.Equal(expected, SealedExecutable.FileBeside(executable));
}
