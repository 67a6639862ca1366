using Kilometers.EndToEnd.Tests.Running;
using Kilometers.Packager.Tests.Conformance;
using Kilometers.Packager.Tests.Running;

namespace Kilometers.Packager.Tests.Scaffolding;

/// <summary>What <c>kmpkg new</c> makes is used as its README says: built, tested, tested again by kmpkg, run by km; that in Go installed, too.</summary>
[Collection(nameof(Building))]
public sealed class NewProjectTests : IDisposable
{
    /// <summary>What the manifest is raised to: nothing else says the version.</summary>
    private const string Version = "0.2.0";

    private readonly Workspace _workspace = new();
    private readonly Kmpkg _keys = Kmpkg.WithKeys();

    private IReadOnlyDictionary<string, string> Home => new Dictionary<string, string> { ["KM_HOME"] = _workspace.File("home") };

    private IEnumerable<string> Development => ["--dev-plugin", _workspace.File("new/out/km-plugin-my-logger")];

    public void Dispose()
    {
        _workspace.Dispose();
        _keys.Dispose();
    }

    [Fact]
    public async Task A_new_CSharp_plugin_builds_and_passes_its_tests_and_runs()
    {
        await NewAsync("csharp");
        await RunAsync(Workflow["build", "Build"]);
        Assert.Contains(
            "\"System.GC.Gen0MaxBudget\": 4194304",
            await File.ReadAllTextAsync(
                _workspace.File("new/out/km-plugin-my-logger.runtimeconfig.json"),
                TestContext.Current.CancellationToken
            ),
            StringComparison.Ordinal
        );
        var tested = await RunAsync(Workflow["build", "Test"]);
        Assert.Contains("Failed: 0", tested, StringComparison.Ordinal);
        Assert.Matches("passed +host killed", tested);
        Assert.DoesNotMatch("(?m)^ *(failed|skipped) ", tested);
        await PackAndReleaseAsync();
        await MonitorAsync(Development, "my-logger: 1 x ping\n");
    }

    [Fact]
    public async Task A_new_Go_plugin_builds_and_passes_its_tests_and_runs()
    {
        // Only where the other Go plugins could be built.
        _ = Programs.Go("hello-go");
        await NewAsync("go");
        Assert.Equal("", await RunAsync("gofmt -l ."));
        await RunAsync("./build.sh");
        Assert.Contains("ok", await RunAsync("./build.sh test"), StringComparison.Ordinal);
        var test = await KmpkgTest.RunAsync(_workspace, _workspace.File("new"));
        Assert.Empty(test.WithOutcome("failed"));
        Assert.Equal(["handshake v1"], test.WithOutcome("skipped"));
        Assert.Contains("it noticed", test["host killed"].Seen, StringComparison.Ordinal);
        await PackAndReleaseAsync();
        await MonitorAsync(Development, "my-logger: 1 x ping, slowest ");

        // Installed, it has a state directory.
        Succeed("trust", "add", Path.Combine(_keys.Keys, "root", "cert.pem"), "--yes");
        Succeed("plugins", "install", Assert.Single(Directory.GetFiles(_workspace.File("new/packages"))), "--yes");
        await MonitorAsync([], " ms (1 in all sessions)\n");
        await MonitorAsync([], " ms (2 in all sessions)\n");

        void Succeed(params string[] arguments)
        {
            var outcome = _keys.RunProgram(Programs.Km, arguments, Home);
            Assert.True(outcome.Status == 0, outcome.Errors);
        }
    }

    private MadeWorkflow Workflow => new(_workspace.File("new/.github/workflows/plugin.yml"));

    /// <summary>
    /// The other steps of the workflow, as a build server runs them; and the same plugin by <c>build-plugin.sh</c>. The release's service is
    /// not here: what it would be told is kept.
    /// </summary>
    private async Task PackAndReleaseAsync()
    {
        const string options = "-pkeyopt digest:sha256 -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:32";
        Script("gh", $"echo \"$GH_TOKEN $*\" >'{_workspace.File("told")}'");
        var leaf = Path.Combine(_keys.Keys, "leaf-1");
        var server = $"""
            export KM_KEYS='{_keys.Keys}' GITHUB_SERVER_URL=https://git.example GITHUB_REPOSITORY=ada/my-logger
            export GITHUB_SHA={new string('a', 40)} GITHUB_REF_NAME=v{Version} GH_TOKEN=handed-over
            export KM_SIGNER="openssl pkeyutl -sign -inkey '{leaf}/key.pem' {options}" KM_CHAIN="$(cat '{leaf}/chain.pem')"

            """;
        Assert.Contains(
            $"Started once: my-logger {Version}, Free",
            await RunAsync(server + Workflow["build", "Pack"]),
            StringComparison.Ordinal
        );
        await RunAsync(server + Workflow["release", "Check"]);
        await RunAsync(server + Workflow["release", "Sign"]);
        await RunAsync(server + Workflow["release", "Publish"]);
        var package = Assert.Single(Directory.GetFiles(_workspace.File("new/packages")));
        var report = _keys.Json("inspect", package);
        Assert.True((bool)report["verified"]!);
        Assert.Equal(
            (Version, "https://git.example/ada/my-logger"),
            ((string)report["manifest"]!["version"]!, (string)report["manifest"]!["build"]!["source"]!)
        );
        Assert.Equal(
            $"handed-over release create v{Version} packages/{Path.GetFileName(package)} --verify-tag --generate-notes\n",
            await File.ReadAllTextAsync(_workspace.File("told"), TestContext.Current.CancellationToken)
        );
        await Assert.ThrowsAnyAsync<Exception>(() => RunAsync($"{server}GITHUB_REF_NAME=v9.9.9\n{Workflow["release", "Check"]}"));

        // The same script as for our own plugins, from where there is no checkout.
        var copy = _workspace.File("build-plugin.sh");
        File.Copy(Path.Combine(Programs.Root, "build-plugin.sh"), copy);
        var packed = await RunAsync($"{server}'{copy}' --plugin=. --sign --output=packed");
        Assert.True(File.Exists(_workspace.File("new/packed/" + packed.TrimEnd().Split('\n')[^1])), packed);
    }

    /// <summary>A program that the commands of the tests find.</summary>
    private void Script(string name, string command)
    {
        var path = Path.Combine(Directory.CreateDirectory(_workspace.File("bin")).FullName, name);
        File.WriteAllText(path, $"#!/bin/sh\n{command}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private async Task NewAsync(string language)
    {
        Script("kmpkg", $"exec '{Programs.Kmpkg}' \"$@\"");
        await using var kmpkg = KmProcess.Start(
            Programs.Kmpkg,
            ["new", "my-logger", "--lang", language, "--sdk", Programs.Root, "--output", _workspace.File("new")]
        );
        kmpkg.CloseInput();
        var output = await new StreamReader(kmpkg.Output).ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.True(await kmpkg.ExitAsync() == 0, kmpkg.Errors);
        Assert.Contains("kmpkg test out/km-plugin-my-logger", output, StringComparison.Ordinal);
        var manifest = _workspace.File("new/manifest.json");
        var text = await File.ReadAllTextAsync(manifest, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            manifest,
            text.Replace("0.1.0", Version, StringComparison.Ordinal),
            TestContext.Current.CancellationToken
        );
    }

    /// <summary>Runs a command in the project's folder.</summary>
    /// <returns>Its standard output.</returns>
    private async Task<string> RunAsync(string command)
    {
        using var alone = await Builds.AloneAsync();
        await using var shell = KmProcess.Start(
            "/bin/bash",
            ["-e", "-c", $"export PATH='{_workspace.File("bin")}':\"$PATH\" NO_COLOR=1; cd '{_workspace.File("new")}'\n{command}"],
            Builds.Environment
        );
        shell.CloseInput();
        var output = await new StreamReader(shell.Output).ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.True(await shell.ExitAsync() == 0, output + shell.Errors);
        return output;
    }

    /// <summary>Runs it in a session of one request.</summary>
    private async Task MonitorAsync(IEnumerable<string> options, string expected)
    {
        await using var km = KmProcess.Monitor(
            options,
            ["/bin/sh", "-c", "read -r request; echo '{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}'; cat >/dev/null"],
            new Dictionary<string, string>(Home) { ["KM_END_WAIT"] = "60" }
        );
        await km.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"ping"}""");
        await km.ReadLineAsync();
        await Wait.ForAsync(
            () => km.Errors.Contains($"my-logger v{Version} (Free tier)", StringComparison.Ordinal),
            () => $"the plugin to be loaded: {km.Errors}"
        );
        Assert.Equal(0, await km.FinishAsync());
        Assert.Contains(expected, km.Errors, StringComparison.Ordinal);
    }
}

/// <summary>A build takes what the machine has: not beside tests that measure time.</summary>
[CollectionDefinition(nameof(Building), DisableParallelization = true)]
public sealed class Building;
