using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Documents;

/// <summary>The pages for plugin authors do what they say.</summary>
[Collection(nameof(Alone))]
public sealed class FirstPluginTests
{
    [Fact]
    public async Task Every_command_of_the_first_plugin_page_runs_and_the_plugin_greets()
    {
        using var workspace = new Workspace();
        var (blocks, output, errors) = await PageCommands.RunAsync("docs/plugin-authors/first-plugin.md", workspace.Folder);
        Assert.True(blocks >= 3, "the page has lost its commands");
        Assert.EndsWith("""{"jsonrpc":"2.0","id":1,"method":"ping"}""" + "\n", output, StringComparison.Ordinal);
        Assert.Contains("hello, ping", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_command_of_the_testing_page_runs_and_the_plugin_passes()
    {
        using var workspace = new Workspace();
        var (_, output, _) = await PageCommands.RunAsync("docs/plugin-authors/testing.md", workspace.Folder);
        Assert.Contains("Total: 2, Errors: 0, Failed: 0", output, StringComparison.Ordinal);
        Assert.Contains("\n18 passed, 0 failed, 0 skipped, in ", output, StringComparison.Ordinal);

        // Every row of the page's table is a row that was printed.
        var page = await File.ReadAllLinesAsync(
            Path.Combine(Programs.Root, "docs/plugin-authors/testing.md"),
            TestContext.Current.CancellationToken
        );
        var checks = page.SkipWhile(line => !line.StartsWith("| Check ", StringComparison.Ordinal))
            .Skip(2)
            .TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Split('`')[1])
            .ToList();
        Assert.Equal(11, checks.Count);
        Assert.All(checks, check => Assert.Contains($"  passed   {check} ", output, StringComparison.Ordinal));
    }
}
