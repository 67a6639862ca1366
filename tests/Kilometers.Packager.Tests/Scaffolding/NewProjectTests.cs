using Kilometers.EndToEnd.Tests.Running;
using Kilometers.Packager.Tests.Conformance;

namespace Kilometers.Packager.Tests.Scaffolding;

/// <summary>What <c>kmpkg new</c> makes is used as its README says: built, tested, tested again by kmpkg, run by km.</summary>
[Collection(nameof(Building))]
public sealed class NewProjectTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task A_new_CSharp_plugin_builds_and_passes_its_tests_and_runs()
    {
        await NewAsync("csharp");
        await RunAsync("dotnet build -c Release -o out");
        Assert.Contains(
            "\"System.GC.Gen0MaxBudget\": 4194304",
            await File.ReadAllTextAsync(
                _workspace.File("new/out/km-plugin-my-logger.runtimeconfig.json"),
                TestContext.Current.CancellationToken
            ),
            StringComparison.Ordinal
        );
        Assert.Contains("Failed: 0", await RunAsync("dotnet run --project tests -- -noColor"), StringComparison.Ordinal);
        var test = await KmpkgTest.RunAsync(_workspace, _workspace.File("new/out/km-plugin-my-logger"));
        Assert.Empty(test.WithOutcome("failed"));
        Assert.Empty(test.WithOutcome("skipped"));
        Assert.Equal(0, test.Status);
        await MonitorAsync();
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
        Assert.Equal(["handshake v2"], test.WithOutcome("skipped"));
        Assert.Contains("it noticed", test["host killed"].Seen, StringComparison.Ordinal);
        await MonitorAsync();
    }

    private async Task NewAsync(string language)
    {
        await using var kmpkg = KmProcess.Start(
            Programs.Kmpkg,
            ["new", "my-logger", "--lang", language, "--sdk", Programs.Root, "--output", _workspace.File("new")]
        );
        kmpkg.CloseInput();
        var output = await new StreamReader(kmpkg.Output).ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.True(await kmpkg.ExitAsync() == 0, kmpkg.Errors);
        Assert.Contains("kmpkg test out/km-plugin-my-logger", output, StringComparison.Ordinal);
    }

    /// <summary>Runs a command in the project's folder.</summary>
    /// <returns>Its standard output.</returns>
    private async Task<string> RunAsync(string command)
    {
        using var alone = await Builds.AloneAsync();
        await using var shell = KmProcess.Start("/bin/sh", ["-c", $"cd '{_workspace.File("new")}' && {command}"], Builds.Environment);
        shell.CloseInput();
        var output = await new StreamReader(shell.Output).ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.True(await shell.ExitAsync() == 0, output + shell.Errors);
        return output;
    }

    private async Task MonitorAsync()
    {
        await using var km = KmProcess.Monitor(
            ["--dev-plugin", _workspace.File("new/out/km-plugin-my-logger")],
            ["cat"],
            new Dictionary<string, string> { ["KM_HOME"] = _workspace.File("home"), ["KM_END_WAIT"] = "60" }
        );
        await km.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"ping"}""");
        await km.ReadLineAsync();
        await Wait.ForAsync(
            () => km.Errors.Contains("my-logger v0.1.0 (Free tier)", StringComparison.Ordinal),
            () => $"the plugin to be loaded: {km.Errors}"
        );
        Assert.Equal(0, await km.FinishAsync());

        // It went to cat and came back.
        Assert.Contains("my-logger: 2 x ping\n", km.Errors, StringComparison.Ordinal);
    }
}

/// <summary>A build takes what the machine has: not beside tests that measure time.</summary>
[CollectionDefinition(nameof(Building), DisableParallelization = true)]
public sealed class Building;
