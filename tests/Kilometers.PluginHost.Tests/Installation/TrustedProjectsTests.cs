using Kilometers.Packaging.Trust;
using Kilometers.PluginHost.Installation;

namespace Kilometers.PluginHost.Tests.Installation;

public sealed class TrustedProjectsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("km-projects-").FullName;

    private string Path => System.IO.Path.Combine(_folder, "trusted-projects.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Find_OnlyInItsProject()
    {
        var publisher = new PublisherIdentity { Organization = "Example Ltd", Root = "ab" };
        var logger = new TrustedPackage
        {
            Name = "logger",
            Statement = "d1",
            Publisher = publisher,
            Permissions = new() { Network = ["a.example.com:443"] },
            At = DateTimeOffset.UnixEpoch,
        };
        new TrustedProjects { Projects = new() { ["/a/project"] = [logger] } }.Write(Path);
        var trusted = TrustedProjects.Read(Path);
        Assert.Equal(["a.example.com:443"], trusted.Find("/a/../a/project", "logger")?.Permissions.Network);
        Assert.Equal("d1", trusted.Find("/a/project", "logger")?.Statement);
        Assert.Equal(publisher, trusted.Find("/a/project", "logger")?.Publisher);
        Assert.Null(trusted.Find("/a/project", "other"));
        Assert.Null(trusted.Find("/a/project/sub", "logger"));
        Assert.False(trusted.Covers("/a/project", null));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"projects\":{\"/a/project\":null}}")]
    [InlineData("{\"projects\":{\"/a/project\":\"d1\"}}")]
    [InlineData("{\"projects\":{\"/a/project\":[\"d1\"]}}")]
    [InlineData("{\"projects\":{\"/a/project\":[null]}}")]
    [InlineData("{\"projects\":{},\"all\":true}")]
    public void Read_OfAnythingElse_TrustsNothing(string content)
    {
        File.WriteAllText(Path, content);
        Assert.Null(TrustedProjects.Read(Path).Find("/a/project", "d1"));
    }
}
