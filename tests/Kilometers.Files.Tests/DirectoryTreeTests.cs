using System.Diagnostics;

namespace Kilometers.Files.Tests;

/// <summary>What somebody made so that it cannot be deleted is deleted all the same, and nothing else.</summary>
public sealed class DirectoryTreeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("km-files-").FullName;

    private string Top => Path.Combine(_folder, "top");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Delete_Missing_DoesNothing() => DirectoryTree.Delete(Top);

    [Fact]
    public void Delete_PermissionsTakenAway_IsGone()
    {
        Directory.CreateDirectory(Path.Combine(Top, "a/b/c"));
        File.WriteAllText(Path.Combine(Top, "a/b/c/file"), "x");
        foreach (var folder in new[] { "a/b/c", "a/b", "a", "" })
            File.SetUnixFileMode(Path.Combine(Top, folder), UnixFileMode.None);
        AssertGone();
    }

    [Fact]
    public void Delete_DeeperThanPathsMayBe_IsGone()
    {
        Directory.CreateDirectory(Top);

        // Each step from within: no path is longer than the system takes.
        Run($"cd '{Top}'; n=$(printf '%0200d' 0); i=0; while [ $i -lt 60 ]; do mkdir $n; cd -P $n; : >file; i=$((i+1)); done");
        AssertGone();
    }

    [Fact]
    public void Delete_ManyAndOddNames_IsGone()
    {
        Directory.CreateDirectory(Path.Combine(Top, ".km-deleted-0/x/y"));
        File.WriteAllText(Path.Combine(Top, ".km-deleted-1"), "");
        Directory.CreateDirectory(Path.Combine(Top, "z/x/y"));
        Run($"cd '{Top}'; mkdir \"$(printf '\\377\\376')\"; : >\"$(printf '\\377\\376/\\200')\"; : >\"$(printf 'a\\nb')\"");
        for (var i = 0; i < 5000; i++)
            File.WriteAllText(Path.Combine(Top, "z", $"{i}"), "");
        AssertGone();
    }

    [Fact]
    public void Delete_LinksInIt_AreNotFollowed()
    {
        var precious = Directory.CreateDirectory(Path.Combine(_folder, "precious")).FullName;
        File.WriteAllText(Path.Combine(precious, "file"), "x");
        Directory.CreateDirectory(Path.Combine(Top, "a"));
        Directory.CreateSymbolicLink(Path.Combine(Top, "link"), precious);
        Directory.CreateSymbolicLink(Path.Combine(Top, "a/link"), precious);
        AssertGone();
        Assert.True(File.Exists(Path.Combine(precious, "file")));
    }

    [Fact]
    public void Delete_IsItselfALink_RemovesTheLinkAlone()
    {
        var precious = Directory.CreateDirectory(Path.Combine(_folder, "precious")).FullName;
        Directory.CreateSymbolicLink(Top, precious);
        AssertGone();
        Assert.True(Directory.Exists(precious));
    }

    private void AssertGone()
    {
        DirectoryTree.Delete(Top);
        Assert.True(FileKind.IsMissing(Top));
    }

    private static void Run(string script)
    {
        using var shell = Process.Start("sh", ["-c", script]);
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
    }
}
