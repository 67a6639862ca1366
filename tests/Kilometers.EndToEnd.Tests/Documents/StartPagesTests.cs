using Kilometers.EndToEnd.Tests.Accounts;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Documents;

/// <summary>The first pages that people read are true. The one for authors of plugins builds: see <see cref="FirstPluginTests"/>.</summary>
public sealed class StartPagesTests
{
    [Fact]
    public async Task Every_command_of_the_page_on_traffic_runs_and_the_call_is_recorded()
    {
        var packages = Path.GetFullPath(Path.Combine(Programs.Npm("@modelcontextprotocol/inspector/package.json"), "../../../.."));

        // The inspector starts servers with few variables: HOME is the one that leads km to its directory, and npx to its settings.
        using var home = new KmHomeFolder(name: ".km");
        var user = Path.GetDirectoryName(home.Path)!;
        await File.WriteAllTextAsync(Path.Combine(user, ".npmrc"), "offline=true\n", TestContext.Current.CancellationToken);
        await home.InstallRecorderAsync();

        var (blocks, output, _) = await PageCommands.RunAsync(
            "docs/start/see-your-traffic.md",
            user,
            new Dictionary<string, string>(home.Environment) { ["HOME"] = user, ["PATH"] = PageCommands.PathOf(Programs.Km) },
            // What the page calls a moment.
            between: "until km logs last tool:echo 2>/dev/null | grep -q ' echo '; do sleep 0.1; done",
            folder: packages
        );
        Assert.Equal(2, blocks);
        Assert.Contains("Echo: hello", output, StringComparison.Ordinal);
        Assert.Contains("  echo  ", output, StringComparison.Ordinal);
        Assert.Contains("\necho      1 ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_command_of_the_page_on_the_server_runs_and_the_customer_gets_the_plugin()
    {
        using var workspace = new Workspace();
        using var home = new KmHomeFolder(isTrusting: false);
        var (blocks, output, errors) = await PageCommands.RunAsync(
            "docs/start/run-the-server.md",
            workspace.Folder,
            new Dictionary<string, string>(home.Environment)
            {
                ["PATH"] = PageCommands.PathOf(Programs.Km, Programs.Kmpkg, Programs.KmApi),
                ["URL"] = ApiServer.FreeEndpoint(),
                ["PLATFORM"] = ApiServer.Platform,
                ["MANIFEST"] = ApiServer.Manifest("ApiLogger"),
                ["PAYLOAD"] = ApiServer.Payload(workspace, Programs.ApiLogger, "ApiLogger"),
            }
        );
        Assert.Equal(5, blocks);
        Assert.Contains("✓ signed in as Acme Inc. ", output + errors, StringComparison.Ordinal);
        Assert.Contains("api-logger.kmpkg", home.Plugins);
        Assert.Matches(@"(?m)^cus_\S+ +Acme Inc\. +Pro ", output);
    }
}
