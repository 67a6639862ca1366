using System.Text.RegularExpressions;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Documents;

/// <summary>The page for plugin authors does what it says: its commands are run as they stand, in order, from the repository's root.</summary>
[Collection(nameof(Alone))]
public sealed partial class FirstPluginTests
{
    [Fact]
    public async Task Every_command_of_the_first_plugin_page_runs_and_the_plugin_greets()
    {
        using var workspace = new Workspace();
        var page = await File.ReadAllTextAsync(Path.Combine(Programs.Root, "docs/plugin-authors/first-plugin.md"), TestContext.Current.CancellationToken);
        var commands = ShellBlock().Matches(page).Select(match => match.Groups[1].Value).ToList();
        Assert.True(commands.Count >= 3, "the page has lost its commands");

        await using var shell = KmProcess.Start("/bin/bash", ["-euo", "pipefail", "-c", $"cd '{Programs.Root}'\n{string.Join('\n', commands)}"], new Dictionary<string, string>
        {
            ["WORK"] = workspace.Folder,

            // Builds in a test leave no server behind.
            ["MSBUILDDISABLENODEREUSE"] = "1",
            ["UseSharedCompilation"] = "false",
            ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
        });
        shell.CloseInput();
        var output = await new StreamReader(shell.Output).ReadToEndAsync(TestContext.Current.CancellationToken);
        var exit = await shell.ExitAsync();
        Assert.True(exit == 0, output + shell.Errors);
        Assert.EndsWith("""{"jsonrpc":"2.0","id":1,"method":"ping"}""" + "\n", output, StringComparison.Ordinal);
        Assert.Contains("hello, ping", shell.Errors, StringComparison.Ordinal);
    }

    [GeneratedRegex("^```sh\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ShellBlock();
}

/// <summary>The page gives an unpublished plugin some seconds to start, at low priority: enough for one user, not beside a hundred tests.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
