using Kilometers.PluginHost.Installation;

namespace Kilometers.PluginHost.Tests.Installation;

public sealed class TrustedProjectsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("km-projects-").FullName;

    private string Path => System.IO.Path.Combine(_folder, "trusted-projects.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Covers_OnlyTheseDigestsInThisProject()
    {
        new TrustedProjects { Projects = new() { ["/a/project"] = ["d1", "d2"] } }.Write(Path);
        var trusted = TrustedProjects.Read(Path);
        Assert.True(trusted.Covers("/a/project", "d2"));
        Assert.True(trusted.Covers("/a/../a/project", "d1"));
        Assert.False(trusted.Covers("/a/project", "d3"));
        Assert.False(trusted.Covers("/a/project/sub", "d1"));
        Assert.False(trusted.Covers("/a/project", ""));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"projects\":{\"/a/project\":null}}")]
    [InlineData("{\"projects\":{\"/a/project\":\"d1\"}}")]
    [InlineData("{\"projects\":{\"/a/project\":[\"d1\"]},\"all\":true}")]
    public void Read_OfAnythingElse_TrustsNothing(string content)
    {
        File.WriteAllText(Path, content);
        Assert.False(TrustedProjects.Read(Path).Covers("/a/project", "d1"));
    }
}
