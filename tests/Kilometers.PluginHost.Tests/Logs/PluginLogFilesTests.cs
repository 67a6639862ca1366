using System.Text;
using Kilometers.PluginHost.Logs;

namespace Kilometers.PluginHost.Tests.Logs;

public sealed class PluginLogFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Append_Full_KeepsTwoFilesAndNoMore()
    {
        var files = new PluginLogFiles(_folder["logs"], maxSize: 10);
        foreach (var line in new[] { "one 567\n", "two 567\n", "three\n" })
            files.Append("a", Encoding.ASCII.GetBytes(line));
        Assert.Equal("three\n", File.ReadAllText(files.NewerOf("a")));
        Assert.Equal("two 567\n", File.ReadAllText(files.OlderOf("a")));
        Assert.Equal(["a"], files.Names);
    }

    [Fact]
    public void Append_AfterHalfALine_BeginsANewOne()
    {
        var files = new PluginLogFiles(_folder["logs"]);
        files.Append("a", "half"u8);
        files.Append("a", "whole\n"u8);
        Assert.Equal("half\nwhole\n", File.ReadAllText(files.NewerOf("a")));
    }

    [Fact]
    public void Append_File_IsTheUsersAlone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes");
        var files = new PluginLogFiles(_folder["logs"]);
        files.Append("a", "line\n"u8);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(files.NewerOf("a")));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(Path.GetDirectoryName(files.NewerOf("a"))!)
        );
    }

    [Fact]
    public void Append_Link_IsNotFollowed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege there");
        var files = new PluginLogFiles(_folder["logs"]);
        files.Append("b", "line\n"u8);
        File.WriteAllText(_folder["victim"], "");
        File.CreateSymbolicLink(files.NewerOf("a"), _folder["victim"]);
        Assert.Throws<IOException>(() => files.Append("a", "line\n"u8));
        Assert.Equal("", File.ReadAllText(_folder["victim"]));
    }

    [Theory]
    [InlineData("../../victim", "_._.._victim.jsonl")]
    [InlineData(".lock", "_lock.jsonl")]
    [InlineData("run me.sh", "run_me.sh.jsonl")]
    [InlineData("", ".jsonl")]
    public void NewerOf_AnyName_IsAFileInTheFolder(string plugin, string file) =>
        Assert.Equal(Path.Combine(_folder.Path, file), new PluginLogFiles(_folder.Path).NewerOf(plugin));

    [Fact]
    public void Delete_Plugin_LeavesOthers()
    {
        var files = new PluginLogFiles(_folder["logs"], maxSize: 1);
        foreach (var plugin in new[] { "a", "a", "b" })
            files.Append(plugin, "line\n"u8);
        files.Delete("a");
        Assert.Equal(["b"], files.Names);
        Assert.False(File.Exists(files.OlderOf("a")));
        new PluginLogFiles(_folder["nowhere"]).Delete("a");
    }
}
