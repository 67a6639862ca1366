using Kilometers.Contracts;
using Kilometers.PluginHost.Launch;

namespace Kilometers.PluginHost.Tests.Launch;

/// <summary>Where plugins are unpacked and started: the first place that will do, found out by trying.</summary>
public sealed class RunDirectoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public RunDirectoryTests() => File.SetUnixFileMode(_folder.Path, (UnixFileMode)0x1ED);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Create_NothingAgainstTheFirst_IsThereForTheUserAlone()
    {
        using var directory = RunDirectory.Create([_folder.Path, "/nonexistent"]);
        Assert.Equal(_folder.Path, Path.GetDirectoryName(directory.Path));
        Assert.Equal((UnixFileMode)0x1C0, File.GetUnixFileMode(directory.Path));
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory.Path));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("relative")]
    [InlineData("/nonexistent")]
    [InlineData("/proc/self")]
    [InlineData("/etc/passwd")]
    [InlineData("/tmp/a-path-that-leaves-too-little-of-what-a-socket-may-be-called-by")]
    public void Create_TheFirstWillNotDo_IsInTheNext(string? first)
    {
        using var directory = RunDirectory.Create([first, _folder.Path]);
        Assert.Equal(_folder.Path, Path.GetDirectoryName(directory.Path));
        Assert.False(Directory.Exists("relative"));
    }

    [Theory]
    [InlineData("line\nend")]
    [InlineData("a|b")]
    public void Create_TheFirstCannotBeNamedInAHandshake_IsInTheNext(string name)
    {
        using var directory = RunDirectory.Create([Directory.CreateDirectory(_folder[name]).FullName, _folder.Path]);
        Assert.Equal(_folder.Path, Path.GetDirectoryName(directory.Path));
    }

    [Fact]
    public void Create_TheFirstIsOpenToEverybodyAndNotSticky_IsInTheNext()
    {
        var open = Directory.CreateDirectory(_folder["open"]).FullName;
        File.SetUnixFileMode(open, (UnixFileMode)0x1FF);
        using var directory = RunDirectory.Create([open, _folder.Path]);
        Assert.Equal(_folder.Path, Path.GetDirectoryName(directory.Path));
        Assert.Empty(Directory.EnumerateFileSystemEntries(open));

        File.SetUnixFileMode(open, (UnixFileMode)0x3FF);
        using var sticky = RunDirectory.Create([open, _folder.Path]);
        Assert.Equal(open, Path.GetDirectoryName(sticky.Path));
    }

    [Fact]
    public void Create_NoPlaceWillDo_NamesEachWithItsReason()
    {
        var error = Assert.Throws<KmException>(() => RunDirectory.Create(["relative", "/nonexistent"])).Error;
        Assert.Equal(ErrorCode.NoRunDirectory, error.Code);
        Assert.Equal(["relative: it is not an absolute path", "/nonexistent: there is no such directory"], error.Detail!.Split('\n'));
    }

    [Fact]
    public void Dispose_APluginTookPermissionsAway_DeletesItAllTheSame()
    {
        var directory = RunDirectory.Create([_folder.Path]);
        var kept = Directory.CreateDirectory(Path.Combine(directory.ForPlugin(), "s/kept")).FullName;
        File.WriteAllText(Path.Combine(kept, "file"), "");
        File.SetUnixFileMode(kept, UnixFileMode.None);
        directory.Dispose();
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }
}
