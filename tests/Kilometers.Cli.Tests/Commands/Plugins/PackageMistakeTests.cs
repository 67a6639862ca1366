using Kilometers.Cli.Commands.Plugins;

namespace Kilometers.Cli.Tests.Commands.Plugins;

public sealed class PackageMistakeTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("km-t-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("mcp.json", "{\"mcpServers\":{}}", "is the configuration of an MCP client, not a package")]
    [InlineData("settings", "{\"servers\":{}}", "is the configuration of an MCP client, not a package")]
    [InlineData("mcp.json", "{}", "is not a package")]
    [InlineData("notes.txt", "short", "is not a package")]
    [InlineData("page.html", "<!DOCTYPE html>", "is not a package")]
    [InlineData("archive.zip", "PK\u0003\u0004", "is not a package")]
    [InlineData("plugin", "\u007fELF", "is a program, not a package")]
    [InlineData("plugin.sh", "#!/bin/sh", "is a program, not a package")]
    public void Find_SomethingElse_SaysWhatItIs(string name, string text, string what)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        Assert.Equal($"{path} {what}", PackageMistake.Find(path)!.Summary);
    }

    [Theory]
    [InlineData("a.kmpkg", "cut")]
    [InlineData("renamed", "kmpkg\0\0")]
    public void Find_WhatMayBeAPackage_LeavesItToTheReader(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        Assert.Null(PackageMistake.Find(path));
    }

    [Fact]
    public void Find_Folder_SaysSo() => Assert.EndsWith("is a folder, not a package", PackageMistake.Find(_folder.FullName)!.Summary);

    /// <summary>As a shell writes them: packages/*.kmpkg.</summary>
    [Fact]
    public async Task Install_SeveralPackages_ReportsEach()
    {
        var home = _folder.FullName;
        foreach (var name in new[] { "a.kmpkg", "b.kmpkg" })
            await File.WriteAllTextAsync(Path.Combine(home, name), "cut", TestContext.Current.CancellationToken);
        var (status, output, errors) = await RealKm.RunAsync(home, "plugins", "install", "a.kmpkg", "b.kmpkg", "--yes", "--json");
        Assert.True(status == 1, errors);
        var plugins = System.Text.Json.Nodes.JsonNode.Parse(output)!["plugins"]!.AsArray();
        Assert.Equal(["a.kmpkg", "b.kmpkg"], plugins.Select(plugin => (string)plugin!["name"]!));
    }
}
