using System.Formats.Tar;
using Kilometers.Packaging.Archive;
using Kilometers.Packaging.Tests.Forging;

namespace Kilometers.Packaging.Tests.Archive;

public sealed class UstarHeaderTests
{
    [Theory]
    [InlineData("a", 0)]
    [InlineData("payload.tar.gz", 7)]
    [InlineData("payload.tar.gz", 1234567)]
    public void Write_Header_IsReadByOthersAsMeant(string name, long size)
    {
        // The platform's own reader is the judge.
        using var tar = new TarReader(new MemoryStream(TarMember.Archive([new TarMember(name, new byte[size])])));
        var entry = tar.GetNextEntry();
        Assert.IsType<UstarTarEntry>(entry);
        Assert.Equal(
            (name, size, TarEntryType.RegularFile, 0, 0, DateTimeOffset.UnixEpoch),
            (entry.Name, entry.Length, entry.EntryType, entry.Uid, entry.Gid, entry.ModificationTime)
        );
        Assert.Null(tar.GetNextEntry());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(512)]
    [InlineData((8L << 30) - 1)]
    public void Read_OwnHeader_GivesItsSize(long size)
    {
        var header = new byte[UstarHeader.Size];
        UstarHeader.Write(header, "kmpkg", size);
        Assert.Equal(size, UstarHeader.Read(header, "kmpkg"));
        Assert.Equal(-1, UstarHeader.Read(header, "kmpk"));
        UstarHeader.Write(header, "kmpkg", size, isExecutable: true);
        Assert.Equal(-1, UstarHeader.Read(header, "kmpkg"));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 511)]
    [InlineData(511, 1)]
    [InlineData(512, 0)]
    [InlineData(513, 511)]
    public void Padding_OfASize_FillsTheBlock(long size, int padding) => Assert.Equal(padding, UstarHeader.Padding(size));
}
