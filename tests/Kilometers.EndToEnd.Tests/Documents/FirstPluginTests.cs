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
        using var alone = await Builds.AloneAsync();
        var (blocks, output, errors) = await PageCommands.RunAsync("docs/plugin-authors/first-plugin.md", workspace.Folder);
        Assert.True(blocks >= 3, "the page has lost its commands");
        Assert.EndsWith("""{"jsonrpc":"2.0","id":1,"method":"ping"}""" + "\n", output, StringComparison.Ordinal);
        Assert.Contains("hello, ping", errors, StringComparison.Ordinal);
    }

    /// <summary>The path from a template to an installed plugin; and what the page on testing says of the checks that it runs.</summary>
    [Fact]
    public async Task Every_command_of_the_page_on_writing_a_plugin_runs_and_the_plugin_passes()
    {
        using var workspace = new Workspace();
        using var home = new KmHomeFolder(isTrusting: false) { HasTestStart = true };
        using var alone = await Builds.AloneAsync();
        var (blocks, output, errors) = await PageCommands.RunAsync(
            "docs/start/write-a-plugin.md",
            workspace.Folder,
            new Dictionary<string, string>(home.Environment) { ["PATH"] = PageCommands.PathOf(Programs.Km, Programs.Kmpkg) },
            // The packages that --offline takes are those of a release (eng/test-release-thorough.sh). Here the SDK is that of the checkout.
            change: block => block.Replace(" --offline", "", StringComparison.Ordinal)
        );
        Assert.Equal(3, blocks);
        Assert.Contains("Total: 2, Errors: 0, Failed: 0", output, StringComparison.Ordinal);
        Assert.Contains("\n19 passed, 0 failed, 0 skipped, in ", output, StringComparison.Ordinal);
        Assert.Contains("\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n", output, StringComparison.Ordinal);
        Assert.Contains("[greeter] greeter: 2 x ping", errors, StringComparison.Ordinal);
        Assert.Contains("✓ greeter v0.1.0 is installed", output, StringComparison.Ordinal);
        Assert.Equal(["greeter.kmpkg"], home.Plugins);

        // The code on the page is the code that was made.
        var made = await File.ReadAllTextAsync(workspace.File("greeter/GreeterPlugin.cs"), TestContext.Current.CancellationToken);
        var shown = (await ReadAsync("docs/start/write-a-plugin.md"))
            .SkipWhile(line => line != "```csharp")
            .Skip(1)
            .TakeWhile(line => line != "```")
            .ToList();
        Assert.True(shown.Count > 10, "the page has lost its code");
        Assert.All(shown, line => Assert.Contains(line, made, StringComparison.Ordinal));

        // Every row of the table on the page about testing is a row that was printed.
        var page = await ReadAsync("docs/plugin-authors/testing.md");
        var checks = page.SkipWhile(line => !line.StartsWith("| Check ", StringComparison.Ordinal))
            .Skip(2)
            .TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Split('`')[1])
            .ToList();
        Assert.Equal(13, checks.Count);

        // The greeter decides about no requests.
        Assert.All(checks.Where(check => check != "intercept"), check =>
            Assert.Contains($"  passed   {check} ", output, StringComparison.Ordinal)
        );
    }

    private static Task<string[]> ReadAsync(string page) =>
        File.ReadAllLinesAsync(Path.Combine(Programs.Root, page), TestContext.Current.CancellationToken);
}
