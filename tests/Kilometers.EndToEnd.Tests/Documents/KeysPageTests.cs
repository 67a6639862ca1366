using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Documents;

/// <summary>The runbooks for signing keys work: their commands are run as they stand, in order.</summary>
public sealed class KeysPageTests
{
    [Fact]
    public async Task Every_command_of_the_page_on_keys_runs()
    {
        using var workspace = new Workspace();
        var plugin = Directory.CreateDirectory(workspace.File("plugin")).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(Programs.ConsoleLogger)!, "km-plugin-console-logger*"))
            File.Copy(file, Path.Combine(plugin, Path.GetFileName(file)));
        File.Copy(Path.Combine(Programs.Root, "src/plugins/ConsoleLogger/manifest.json"), Path.Combine(plugin, "manifest.json"));

        var (blocks, output, errors) = await PageCommands.RunAsync(
            "docs/operations/keys.md",
            workspace.Folder,
            new Dictionary<string, string>
            {
                ["PLUGIN"] = plugin,
                ["KM_HOME"] = workspace.File("home"),
                ["PATH"] = PageCommands.PathOf(Programs.Km, Programs.Kmpkg),
            }
        );
        Assert.True(blocks >= 3, "the page has lost its commands");
        Assert.Contains("PLG_SIG_005", output + errors, StringComparison.Ordinal);
        Assert.Contains("Revocation list 3", output, StringComparison.Ordinal);
    }
}
