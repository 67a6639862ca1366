using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Plugins;

/// <summary>What a plugin gets of its user's settings and environment, and what never.</summary>
public sealed class SettingsTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task Settings_come_from_the_environment_and_from_a_file_and_the_environment_wins()
    {
        await WriteSettingsAsync("my-plugin", """{"Payloads":true,"limit":10,"url":"https://example.test/","color":"from the file"}""");
        await WriteSettingsAsync("another", """{"payloads":"no business of my-plugin"}""");
        await using var km = KmProcess.Monitor(
            Conversation.Plugins(_workspace.TestPlugin("my-plugin")),
            Conversation.Server,
            new Dictionary<string, string>
            {
                ["KM_HOME"] = _workspace.File(".km"),
                ["KM_PLUGIN_MY_PLUGIN__COLOR"] = "from the environment",
                ["KM_PLUGIN_MY_PLUGIN__DEEP_NAME"] = "1",
                ["KM_PLUGIN_ANOTHER__X"] = "not mine",
                ["KM_MY_PLUGIN_X"] = "the old form, which only the first-party plugins had",
                ["KM_API_KEY"] = "not mine",
            }
        );
        await _workspace.ActiveAsync("my-plugin");
        await km.EndAsync();
        var settings = _workspace.Record("my-plugin").Single(r => r.Text("call") == "initialize").GetProperty("settings");
        Assert.Equal(
            ["color=from the environment", "deep_name=1", "limit=10", "payloads=True", "url=https://example.test/"],
            settings.EnumerateObject().Select(s => $"{s.Name}={s.Value}").Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task A_broken_settings_file_is_explained_and_the_plugin_runs_without_it()
    {
        await WriteSettingsAsync("my-plugin", """{"payloads":true,""");
        await using var km = KmProcess.Monitor(
            Conversation.Plugins(_workspace.TestPlugin("my-plugin")),
            Conversation.Server,
            new Dictionary<string, string> { ["KM_HOME"] = _workspace.File(".km"), ["KM_PLUGIN_MY_PLUGIN__X"] = "1" }
        );
        await km.EchoAsync(1, 3);
        await km.SaysAsync("my-plugin.json cannot be used [CFG_PLG_001]");
        await _workspace.SeenAsync("my-plugin", 6);
        await km.EndAsync();
        var settings = _workspace.Record("my-plugin").Single(r => r.Text("call") == "initialize").GetProperty("settings");
        Assert.Equal(["x"], settings.EnumerateObject().Select(s => s.Name));
    }

    [Fact]
    public async Task A_plugins_environment_holds_nothing_of_the_users()
    {
        var dump = _workspace.File("environment");
        var starter = await File.ReadAllTextAsync(_workspace.TestPlugin("curious"), TestContext.Current.CancellationToken);
        var plugin = _workspace.Script("curious", $"env -0 > '{dump}'", starter[(starter.IndexOf('\n', StringComparison.Ordinal) + 1)..]);
        string[] secrets =
        [
            "KM_API_KEY",
            "KM_CURIOUS_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "GITHUB_TOKEN",
            "SSH_AUTH_SOCK",
            "HTTPS_PROXY",
            "LD_PRELOAD_X",
            "PLUGIN_CLIENT_KEY",
        ];
        await using var km = KmProcess.Monitor(
            Conversation.Plugins(plugin),
            Conversation.Server,
            secrets.ToDictionary(name => name, name => "secret of " + name)
        );
        await _workspace.ActiveAsync("curious");
        await km.EndAsync();

        var environment = (await File.ReadAllTextAsync(dump, TestContext.Current.CancellationToken)).Split(
            '\0',
            StringSplitOptions.RemoveEmptyEntries
        );
        Assert.DoesNotContain("secret of", string.Join('\n', environment), StringComparison.Ordinal);
        Assert.Contains("KILOMETERS_PLUGIN=kilometers_monitoring_plugin", environment);
        string[] expected =
        [
            "PATH",
            "LANG",
            "LC_ALL",
            "LC_CTYPE",
            "LC_TIME",
            "TZ",
            "DOTNET_ROOT",
            "DOTNET_ROOT_X64",
            "DOTNET_ROOT_ARM64", // of the user's
            "KILOMETERS_PLUGIN",
            "PLUGIN_MIN_PORT",
            "PLUGIN_MAX_PORT",
            "PLUGIN_PROTOCOL_VERSIONS",
            "PLUGIN_CLIENT_CERT",
            "PLUGIN_UNIX_SOCKET_DIR",
            "TMPDIR", // go-plugin's
            "HOME",
            "DOTNET_GCHeapHardLimit",
            "DOTNET_EnableDiagnostics",
            "DOTNET_EnableWriteXorExecute", // of its isolation
            "SSL_CERT_DIR",
            "SSL_CERT_FILE", // empty: no trust store is loaded
            "PWD",
            "OLDPWD",
            "SHLVL",
            "_", // the shell's own
        ];
        Assert.Empty(environment.Select(line => line[..line.IndexOf('=', StringComparison.Ordinal)]).Except(expected));
    }

    private async Task WriteSettingsAsync(string plugin, string text)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_workspace.Folder, ".km", "config", "plugins"));
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, plugin + ".json"), text, TestContext.Current.CancellationToken);
    }
}
