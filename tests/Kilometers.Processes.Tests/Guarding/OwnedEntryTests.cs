using System.Net.Sockets;
using Kilometers.Processes.Guarding;

namespace Kilometers.Processes.Tests.Guarding;

public sealed class OwnedEntryTests : IDisposable
{
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private readonly string _folder = Directory.CreateTempSubdirectory("km-owned-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Delete_Directory_GoesWithAllThatIsInIt()
    {
        var path = Make("run");
        File.WriteAllText(Path.Combine(Make(Path.Combine("run", "a", "b")), "file"), "");
        File.WriteAllText(Path.Combine(path, ".hidden\nname"), "");
        OwnedEntry.Find(path)!.Delete();
        Assert.False(Directory.Exists(path));
    }

    [Fact]
    public void Delete_LinkInIt_LeavesWhereItLeads()
    {
        var precious = Make("precious");
        File.WriteAllText(Path.Combine(precious, "file"), "data");
        var path = Make("run");
        Directory.CreateSymbolicLink(Path.Combine(path, "link"), precious);
        File.CreateSymbolicLink(Path.Combine(path, "file"), Path.Combine(precious, "file"));
        OwnedEntry.Find(path)!.Delete();
        Assert.False(Directory.Exists(path));
        Assert.Equal("data", File.ReadAllText(Path.Combine(precious, "file")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Delete_WhatTookItsPlace_Stays(bool isLink)
    {
        var path = Make("run");
        var entry = OwnedEntry.Find(path)!;
        Directory.Move(path, path + ".moved");
        if (isLink)
            Directory.CreateSymbolicLink(path, Make("precious"));
        else
            Make("run");
        var file = Path.Combine(path, "file");
        File.WriteAllText(file, "data");
        entry.Delete();
        Assert.Equal("data", File.ReadAllText(file));
    }

    [Fact]
    public void Delete_WhatIsGoneAlready_DoesNothing()
    {
        var path = Make("run");
        var entry = OwnedEntry.Find(path)!;
        Directory.Delete(path);
        entry.Delete();
        Assert.False(Directory.Exists(path));
    }

    [Fact]
    public void Delete_Socket_GoesButNotAnotherOfItsName()
    {
        var path = Path.Combine(_folder, "s");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        var entry = OwnedEntry.Find(path)!;
        entry.Delete();
        Assert.False(File.Exists(path));
        File.WriteAllText(path, "data");
        entry.Delete();
        Assert.True(File.Exists(path));
    }

    [Fact]
    public void Find_WhatIsNotOurs_IsNothing()
    {
        var open = Make("open");
        File.SetUnixFileMode(open, Mine | UnixFileMode.OtherRead);
        var link = Path.Combine(_folder, "link");
        Directory.CreateSymbolicLink(link, Make("run"));
        var file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        Assert.All([open, link, file, "run", "", ".", Path.Combine(_folder, "missing")], path => Assert.Null(OwnedEntry.Find(path)));
    }

    private string Make(string name) => Directory.CreateDirectory(Path.Combine(_folder, name), Mine).FullName;
}
