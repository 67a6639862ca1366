using System.Globalization;
using System.Text.RegularExpressions;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Plugins;

/// <summary>What users read about their plugins, and what they are spared.</summary>
public sealed partial class LoadingTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task Loaded_plugins_are_listed_with_version_and_tier()
    {
        await using var km = KmProcess.Monitor(
            Conversation.Plugins(Programs.ConsoleLogger, _workspace.TestPlugin("alpha")),
            Conversation.Server
        );
        await km.EchoAsync(1);
        await km.SaysAsync(" ✓ console-logger v1.0.0 (Free tier)\n");
        await km.SaysAsync(" ✓ alpha v1.2.3 (Free tier)\n");
        await km.EndAsync();

        // What takes longer than two seconds to load, on a very busy machine, is reported on a line of its own when it is there.
        Assert.Single(Headers().Matches(km.Errors));
    }

    [Fact]
    public async Task Where_no_plugins_are_installed_that_is_said_once_and_how_to_get_them()
    {
        using var home = new KmHomeFolder();
        await using var km = KmProcess.Monitor([], Conversation.Server, home.Environment);
        await km.EchoAsync(1);
        await km.EndAsync();
        Assert.Single(km.Errors.Split('\n'), line => line.Contains("No plugins are installed; run `km init`", StringComparison.Ordinal));

        foreach (var option in new[] { "--quiet", "--no-plugins" })
        {
            await using var without = KmProcess.Monitor([option], Conversation.Server, home.Environment);
            await without.EchoAsync(1);
            await without.EndAsync();
            Assert.DoesNotContain("No plugins", without.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Quiet_silences_the_list_and_the_summary_and_nothing_else()
    {
        await using var km = KmProcess.Monitor(
            ["--quiet", .. Conversation.Plugins(_workspace.TestPlugin("alpha", ("LOG", "a warning of the plugin")))],
            Conversation.Server
        );
        await km.EchoAsync(1);
        await _workspace.SeenAsync("alpha", 2);
        await km.EndAsync();
        Assert.DoesNotContain("[PluginHandler]", km.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("[km]", km.Errors, StringComparison.Ordinal);
        Assert.Contains("[alpha] WARN", km.Errors, StringComparison.Ordinal);
        Assert.Contains("a warning of the plugin", km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_plugins_starts_none()
    {
        var plugin = _workspace.TestPlugin("alpha");
        await using var km = KmProcess.Monitor(["--no-plugins", .. Conversation.Plugins(plugin)], Conversation.Server);
        await km.EchoAsync(1, 3);
        await km.EndAsync();
        Assert.Empty(_workspace.Record("alpha"));
        Assert.DoesNotContain("plugin", km.Errors, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("6 messages (3 in, 3 out), 0 errors", km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_development_plugin_is_run_with_a_visible_warning()
    {
        var plugin = _workspace.TestPlugin("alpha");
        await using var km = KmProcess.Monitor(Conversation.Plugins(plugin), Conversation.Server);
        await km.SaysAsync($"⚠️  Development plugin {plugin} is unsigned");
        await km.SaysAsync("[PLG_DEV_001]\n");
        await _workspace.ActiveAsync("alpha");
        await km.EndAsync();
    }

    [Theory]
    [InlineData("Pro")]
    [InlineData("Enterprise")]
    public async Task A_plugin_above_the_sessions_tier_is_refused_and_gets_no_message(string tier)
    {
        // It would authorize itself; the host refuses all the same.
        var greedy = _workspace.TestPlugin("greedy", ("TIER", tier), ("GRANT", "everything"));
        await using var km = KmProcess.Monitor(Conversation.Plugins(greedy, _workspace.TestPlugin("alpha")), Conversation.Server);
        await km.EchoAsync(1, 3);
        await km.SaysAsync(
            $"⚠️  Plugin 'greedy' requires {tier} subscription [PLG_TIER_001]\n💡 Sign in with a subscription that includes it: km auth login"
        );
        var id = await _workspace.StartedAsync("greedy");
        await Wait.ForAsync(() => !Processes.IsAlive(id), "the refused plugin to be gone");
        await km.EchoAsync(4, 3);
        await _workspace.SeenAsync("alpha", 12);
        await km.EndAsync();
        Assert.Equal(["start"], _workspace.Record("greedy").Select(record => record.Text("call")).Where(call => call != "shutdown"));
        Assert.DoesNotContain("✓ greedy", km.Errors, StringComparison.Ordinal);
    }

    public static TheoryData<string, string, string, string[]> Failures =>
        new()
        {
            {
                "denied",
                "DENY",
                "the licence is for another customer",
                ["Plugin 'denied' denied authorization [PLG_AUT_001]", "   the licence is for another customer"]
            },
            { "failing", "FAIL_INITIALIZE", "no disk left", ["Plugin 'failing' could not be initialized [PLG_RUN_008]", "no disk left"] },
            { "Bad_Name", "LOG", "", ["Plugin 'Bad_Name' reports an invalid name [PLG_RUN_007]", "A name is 2 to 63 lower-case letters"] },
            {
                "exits",
                "EXIT_AT",
                "start",
                ["Plugin 'exits' exited before its handshake [PLG_RUN_002]", "exit code 3", "| last words of exits"]
            },
            { "crashes", "CRASH_AT", "start", ["Plugin 'crashes' exited before its handshake [PLG_RUN_002]", "TESTPLUGIN_CRASH_AT=start"] },
            {
                "exits-later",
                "EXIT_AT",
                "authenticate",
                ["Plugin 'exits-later' exited unexpectedly (exit code 3)", "[PLG_RUN_005]", "| last words of exits-later"]
            },
            {
                "crashes-later",
                "CRASH_AT",
                "initialize",
                ["Plugin 'crashes-later' exited unexpectedly", "[PLG_RUN_005]", "TESTPLUGIN_CRASH_AT=initialize"]
            },
            {
                "chatty",
                "PRINT_BEFORE",
                "Welcome to chatty!",
                ["Plugin 'chatty' sent an invalid handshake [PLG_RUN_003]", "Welcome to chatty!", "A plugin must not print to stdout"]
            },
        };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_plugin_that_fails_to_load_is_explained_and_the_session_unharmed(
        string name,
        string key,
        string value,
        string[] words
    )
    {
        var plugin = _workspace.TestPlugin(name, (key, value), ("ERROR_BEFORE", "last words of " + name));
        await using var km = KmProcess.Monitor(Conversation.Plugins(plugin), Conversation.Server);
        await km.EchoAsync(1, 3);
        foreach (var text in words)
            await km.SaysAsync(text);
        await km.EchoAsync(4, 3);
        await km.EndAsync();
        Assert.Empty(_workspace.Messages(name));
        Assert.DoesNotContain("[PluginHandler]", km.Errors, StringComparison.Ordinal);
        Assert.Contains("12 messages (6 in, 6 out)", km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_plugin_and_one_that_cannot_be_executed_are_explained_and_the_others_run()
    {
        var text = _workspace.File("readme");
        await File.WriteAllTextAsync(text, "not a program", TestContext.Current.CancellationToken);
        await using var km = KmProcess.Monitor(
            Conversation.Plugins(_workspace.File("nowhere"), text, _workspace.TestPlugin("alpha")),
            Conversation.Server
        );
        await km.EchoAsync(1, 3);
        await km.SaysAsync("Plugin 'nowhere' was not found [PLG_RUN_001]");
        await km.SaysAsync("Plugin 'readme' cannot be executed [PLG_RUN_001]");
        await km.SaysAsync("chmod +x");
        await _workspace.SeenAsync("alpha", 6);
        await km.EndAsync();
    }

    [Fact]
    public async Task A_plugin_that_speaks_another_contract_version_is_refused()
    {
        var plugin = _workspace.Script("future", "echo '1|99|unix|/nowhere/socket|grpc|'", "exec sleep 1000");
        await using var km = KmProcess.Monitor(Conversation.Plugins(plugin), Conversation.Server);
        await km.EchoAsync(1, 3);
        await km.SaysAsync("Plugin 'future' uses a different version of the km contract [PLG_CMP_001]");
        await km.EndAsync();
    }

    [Fact]
    public async Task A_server_that_cannot_be_started_starts_no_plugin()
    {
        await using var km = KmProcess.Monitor(Conversation.Plugins(_workspace.TestPlugin("alpha")), [_workspace.File("no-server")]);
        Assert.Equal(127, await km.ExitAsync());
        Assert.Empty(_workspace.Record("alpha"));
        Assert.Contains("[MON_CMD_001]", km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_shorter_than_the_loading_of_its_plugins_ends_at_once()
    {
        var plugin = _workspace.Script("sleeper", $"echo $$ > '{_workspace.File("pid")}'", "exec sleep 1000");
        await using var km = KmProcess.Monitor(
            Conversation.Plugins(plugin),
            Conversation.Server,
            new Dictionary<string, string> { ["KM_END_WAIT"] = "5" }
        );
        await Wait.ForAsync(
            () => File.Exists(_workspace.File("pid")) && new FileInfo(_workspace.File("pid")).Length > 1,
            "the plugin to start"
        );
        var id = int.Parse(
            await File.ReadAllTextAsync(_workspace.File("pid"), TestContext.Current.CancellationToken),
            CultureInfo.InvariantCulture
        );
        await km.EchoAsync(1);
        await km.EndAsync();
        await Wait.ForAsync(() => !Processes.IsAlive(id), "the plugin to be gone");
        Assert.Contains("sleeper: 5 not delivered yet", km.Errors, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\[PluginHandler\] Loaded \d+ plugins?:\n")]
    private static partial Regex Headers();
}
