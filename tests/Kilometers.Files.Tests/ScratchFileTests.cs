namespace Kilometers.Files.Tests;

public sealed class ScratchFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("km-files-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Create_TheFirstIsMissing_TakesTheNextAndLeavesNoName()
    {
        using var file = ScratchFile.Create(["relative", Path.Combine(_folder, "none"), _folder]);
        file.Write("x"u8);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
        Assert.False(Directory.Exists("relative"));
    }

    [Fact]
    public void Create_NoneTakesIt_NamesEach()
    {
        var missing = Path.Combine(_folder, "none");
        Assert.Contains(missing, Assert.Throws<IOException>(() => ScratchFile.Create([missing])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhyUnusable_AnOrdinaryFolder_IsNullAndLeavesNothing()
    {
        Assert.Null(ProgramFolder.WhyUnusable(_folder));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public void WhyUnusable_CannotBeWritten_SaysWhy() => Assert.NotNull(ProgramFolder.WhyUnusable(Path.Combine(_folder, "none")));
}
