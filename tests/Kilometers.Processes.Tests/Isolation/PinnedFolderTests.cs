using Kilometers.Processes.Isolation;

namespace Kilometers.Processes.Tests.Isolation;

/// <summary>A folder that was exchanged for another since it was looked at.</summary>
public sealed class PinnedFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("km-pinned-").FullName;

    private string Pinned => Path.Combine(_folder, "pinned");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Open_TheSameFolder_IsADescriptor() => Assert.True(PinnedFolder.Open(Pinned, Profile()) >= 0);

    [Theory]
    [InlineData("another folder")]
    [InlineData("a link to another")]
    [InlineData("a file")]
    [InlineData("nothing")]
    public void Open_Exchanged_Throws(string now)
    {
        var profile = Profile();
        Directory.Move(Pinned, Pinned + "-gone");
        if (now == "another folder")
            Directory.CreateDirectory(Pinned);
        if (now == "a link to another")
            Directory.CreateSymbolicLink(Pinned, Directory.CreateDirectory(Pinned + "-other").FullName);
        if (now == "a file")
            File.WriteAllText(Pinned, "");
        Assert.Throws<SandboxException>(() => PinnedFolder.Open(Pinned, profile));
    }

    [Fact]
    public void OfOwnFolder_OthersMayWriteToIt_Throws()
    {
        Directory.CreateDirectory(Pinned);
        File.SetUnixFileMode(Pinned, (UnixFileMode)0x1FF);
        Assert.Throws<IOException>(() => FileIdentity.OfOwnFolder(Pinned));
    }

    [Fact]
    public void OfOwnFolder_ALinkToOne_Throws()
    {
        Directory.CreateSymbolicLink(Pinned, _folder);
        Assert.Throws<IOException>(() => FileIdentity.OfOwnFolder(Pinned));
    }

    private SandboxProfile Profile()
    {
        Directory.CreateDirectory(Pinned, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new SandboxProfile { Pinned = new Dictionary<string, FileIdentity> { [Pinned] = FileIdentity.OfOwnFolder(Pinned)!.Value } };
    }
}
