using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.Packager.Tests.Conformance;

/// <summary>Each way to misbehave fails the check that is about it, with the words that its author needs.</summary>
public sealed class BadPluginTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData("handshake v2", "exit code 3", "EXIT_AT=start;ERROR_BEFORE=my last words", "my last words")]
    [InlineData("handshake v2", "SIGABRT", "CRASH_AT=start", "TESTPLUGIN_CRASH_AT=start")]
    [InlineData("handshake v2", "handshake in time", "FREEZE_AT=start", "within 2 s")]
    [InlineData("standard output", "printed before the handshake: \"Hello\"", "PRINT_BEFORE=Hello", "")]
    public async Task A_plugin_that_does_not_start_is_not_tried_again(string check, string seen, string behaviour, string detail)
    {
        var test = await RunAsync(behaviour, "--timeout", "2");
        Assert.Equal("failed", test[check].Outcome);
        Assert.Contains(seen, test[check].Seen, StringComparison.Ordinal);
        Assert.Contains(detail, test[check].Seen, StringComparison.Ordinal);
        Assert.Equal("failed", test["handshake v2"].Outcome);
        Assert.Equal(("skipped", "it did not start"), test["host killed"]);
        Assert.DoesNotContain("handshake v1", test.WithOutcome("failed"));
        Assert.Equal(1, test.Status);
        Assert.Contains("[PLG_TST_001]", test.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("authenticate", "it is Free and denies itself: not today", "DENY=not today")]
    [InlineData("authenticate", "the plugin ended with exit code 3, in authenticate", "EXIT_AT=authenticate")]
    [InlineData("initialize", "it refused: InvalidOperationException: no settings", "FAIL_INITIALIZE=no settings")]
    [InlineData(
        "initialize",
        "the plugin ended with signal 6 (SIGABRT), in initialize\n| Unhandled exception. System.InvalidOperationException: TESTPLUGIN_CRASH_AT=initialize",
        "CRASH_AT=initialize"
    )]
    [InlineData("session", "its handler failed on ", "THROW=all")]
    [InlineData(
        "session",
        "the plugin ended with signal 6 (SIGABRT), at tools/call 8's result\n| Unhandled exception. System.InvalidOperationException: TESTPLUGIN_CRASH_AT=23",
        "CRASH_AT=23"
    )]
    [InlineData("session", "the plugin ended with exit code 3, at a message of 1 MB", "EXIT_AT=113")]
    [InlineData("malformed messages", "the plugin ended with exit code 3, at text that is not JSON", "EXIT_AT=114")]
    [InlineData(
        "shutdown",
        "the plugin ended with signal 6 (SIGABRT), in shutdown\n| Unhandled exception. System.InvalidOperationException: TESTPLUGIN_CRASH_AT=shutdown",
        "CRASH_AT=shutdown"
    )]
    public async Task A_check_fails_under_both_contracts_with_what_was_seen(string check, string seen, string behaviour)
    {
        var test = await RunAsync(behaviour);
        foreach (var contract in new[] { " v2", " v1" })
        {
            Assert.Equal("failed", test[check + contract].Outcome);
            Assert.Contains(seen, test[check + contract].Seen, StringComparison.Ordinal);
        }

        Assert.Equal(1, test.Status);
    }

    [Theory]
    [InlineData("MIX=1", "it printed in session-", " what happened in session-")]
    [InlineData("FAIL_INITIALIZE=session-2@no room", "session-2: ", "no room")]
    [InlineData("EXIT_AT=shutdown", "session-", "the plugin ended with exit code 3")]
    public async Task A_plugin_whose_sessions_concern_each_other_fails(string behaviour, string seen, string more)
    {
        var test = await RunAsync("SESSIONS=1;" + behaviour);
        Assert.Equal("failed", test["sessions v2"].Outcome);
        Assert.Contains(seen, test["sessions v2"].Seen, StringComparison.Ordinal);
        Assert.Contains(more, test["sessions v2"].Seen, StringComparison.Ordinal);
        Assert.Equal(1, test.Status);
    }

    [Fact]
    public async Task A_plugin_without_a_valid_name_fails_and_is_not_asked_more()
    {
        var test = await KmpkgTest.RunAsync(_workspace, _workspace.TestPlugin("Bad_Name"));
        Assert.StartsWith("Bad_Name 1.2.3, Free: its name is not", test["describe v2"].Seen, StringComparison.Ordinal);
        Assert.Equal("failed", test["describe v1"].Outcome);
        Assert.Equal(("skipped", "it could not be described"), test["shutdown v2"]);
    }

    [Fact]
    public async Task A_plugin_that_stops_acknowledging_fails_the_session()
    {
        var test = await RunAsync("FREEZE_AT=10", "--timeout", "5");
        Assert.Equal(("failed", "not acknowledged within 5 s, at tools/call 2"), test["session v2"]);
        Assert.Equal("failed", test["session v1"].Outcome);
        Assert.Equal("failed", test["shutdown v2"].Outcome);
    }

    [Fact]
    public async Task A_plugin_that_does_not_end_is_killed_and_fails()
    {
        var test = await RunAsync("FREEZE_AT=shutdown");
        Assert.Equal(("failed", "no answer within 5 s: km would kill it"), test["shutdown v2"]);
        Assert.Equal(1, test.Status);
    }

    /// <summary>The SDK ends the process by itself, whatever the author's code does; another library may not.</summary>
    [Fact]
    public async Task A_plugin_that_ignores_SIGTERM_is_killed_and_fails()
    {
        var plugin = _workspace.Script("deaf", "trap '' TERM", $"'{_workspace.TestPlugin("alpha")}' <&0 &", "wait", "exec sleep 1000");
        var test = await KmpkgTest.RunAsync(_workspace, plugin);
        Assert.Equal(("failed", "it did not end within 5 s of SIGTERM"), test["SIGTERM"]);
        Assert.Equal(1, test.Status);
    }

    [Fact]
    public async Task A_plugin_that_leaves_a_process_behind_fails_and_the_process_is_killed()
    {
        var marker = $"{100_000 + Random.Shared.Next(900_000)}.5";
        var plugin = _workspace.Script("litter", $"setsid sleep {marker} &", $"exec '{_workspace.TestPlugin("alpha")}'");
        var test = await KmpkgTest.RunAsync(_workspace, plugin);
        Assert.Equal("failed", test["shutdown v2"].Outcome);
        Assert.Contains("1 of its own processes lived on", test["shutdown v2"].Seen, StringComparison.Ordinal);
        Assert.Contains("1 of its own processes lived on", test["SIGTERM"].Seen, StringComparison.Ordinal);
        await Wait.ForAsync(() => !AnyProcessHas(marker), "what it left behind to be gone");
    }

    [Fact]
    public async Task A_plugin_of_another_product_is_no_plugin_of_km()
    {
        var test = await KmpkgTest.RunAsync(_workspace, Programs.RawPlugin);
        Assert.Equal("failed", test["handshake v2"].Outcome);
        Assert.Contains("This program is a plugin", test["handshake v2"].Seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_is_no_plugin_at_all_fails()
    {
        var test = await KmpkgTest.RunAsync(_workspace, _workspace.Script("program", "echo \"some words\"", "sleep 100"));
        Assert.Equal(("failed", "printed before the handshake: \"some words\""), test["standard output"]);
        Assert.Equal("failed", test["handshake v2"].Outcome);
    }

    [Fact]
    public async Task A_manifest_that_says_something_else_fails()
    {
        await File.WriteAllTextAsync(
            _workspace.File("manifest.json"),
            """
            {
              "name": "beta", "version": "9.9.9", "releaseSequence": 1, "description": "A test.", "author": "A tester", "category": "games",
              "requiredTier": "Pro", "protocolVersions": [1, 2], "minimumCliVersion": "1.0.0", "entrypoint": "beta"
            }
            """,
            TestContext.Current.CancellationToken
        );
        var test = await RunAsync("");
        Assert.Equal(("failed", "it cannot be packed\ncategory is logging, analytics, security or integration"), test["manifest.json"]);
        foreach (var contract in new[] { " v2", " v1" })
        {
            Assert.Equal(
                (
                    "failed",
                    "alpha 1.2.3, Free: its name is 'alpha', the manifest's 'beta'; its version is '1.2.3', the manifest's '9.9.9'; its tier is 'FREE', the manifest's 'PRO'"
                ),
                test["describe" + contract]
            );
        }

        Assert.Equal(1, test.Status);
    }

    [Fact]
    public async Task A_contract_that_the_manifest_lists_must_be_spoken()
    {
        var plugin = _workspace.Script("hello-go", $"exec '{Programs.Go("hello-go")}'");
        await File.WriteAllTextAsync(
            _workspace.File("manifest.json"),
            """
            {
              "name": "hello-go", "version": "1.0.0", "releaseSequence": 1, "description": "A test.", "author": "A tester", "category": "logging",
              "requiredTier": "Free", "protocolVersions": [1, 2], "minimumCliVersion": "1.0.0", "entrypoint": "hello-go"
            }
            """,
            TestContext.Current.CancellationToken
        );
        var test = await KmpkgTest.RunAsync(_workspace, plugin);
        Assert.Equal(("failed", "it does not speak contract 2, which its manifest lists"), test["handshake v2"]);
        Assert.Equal(["handshake v2"], test.WithOutcome("failed"));
    }

    private static bool AnyProcessHas(string argument) =>
        Directory
            .EnumerateDirectories("/proc")
            .Any(folder =>
            {
                try
                {
                    return int.TryParse(Path.GetFileName(folder), out _)
                        && File.ReadAllText(Path.Combine(folder, "cmdline")).Contains(argument, StringComparison.Ordinal);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // It ended just now.
                    return false;
                }
            });

    private Task<KmpkgTest> RunAsync(string behaviour, params string[] options)
    {
        var settings = behaviour
            .Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(setting => setting.Split('=', 2))
            .Select(parts => (parts[0], parts[1]));
        return KmpkgTest.RunAsync(_workspace, _workspace.TestPlugin("alpha", [.. settings]), options);
    }
}
