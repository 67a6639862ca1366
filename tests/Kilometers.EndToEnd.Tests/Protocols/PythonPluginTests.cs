using System.Text.Json;
using Kilometers.Contracts.Packages;
using Kilometers.EndToEnd.Tests.Running;
using Kilometers.Packaging.Tests.Forging;

namespace Kilometers.EndToEnd.Tests.Protocols;

/// <summary>The sample in Python: a plugin of contract 2 without our SDK and without go-plugin's library.</summary>
public sealed class PythonPluginTests : IDisposable
{
    private const int Calls = 20;
    private readonly KmHomeFolder _home = new();
    private readonly Workspace _workspace = new();

    public void Dispose()
    {
        _home.Dispose();
        _workspace.Dispose();
    }

    [Fact]
    public async Task A_Python_plugin_under_development_sees_the_session_with_its_settings()
    {
        var plugin = await PythonSample.BuildAsync(_workspace);
        await using var km = KmProcess.Monitor(
            ["--name", "files", .. Conversation.Plugins(plugin)],
            Conversation.Server,
            new Dictionary<string, string>(_home.Environment) { ["KM_PLUGIN_HELLO_PYTHON__GREETING"] = "good day" }
        );
        await km.EchoAsync(0, Calls);
        await km.SaysAsync($"[hello-python] good day, tools/call echo (files: {Calls})\n");
        await km.EndAsync();
        Assert.Contains("  ✓ hello-python v1.0.0 (Free tier)\n", km.Errors, StringComparison.Ordinal);
        Assert.Contains("nothing dropped", km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Python_plugin_prints_in_its_session_too_where_a_policy_gives_it_a_process_of_its_own()
    {
        var plugin = await PythonSample.BuildAsync(_workspace);
        await File.WriteAllTextAsync(
            Path.Combine(Directory.CreateDirectory(Path.Combine(_home.Path, "config")).FullName, "policy.json"),
            """{ "version": 1, "isolation": { "plugin-process": "session" } }""",
            TestContext.Current.CancellationToken
        );
        await using var km = KmProcess.Monitor(
            ["--name", "files", .. Conversation.Plugins(plugin)],
            Conversation.Server,
            _home.Environment
        );
        await km.EchoAsync(0, Calls);
        await km.SaysAsync(Line("files", Calls));
        await km.EndAsync();
        Assert.Equal(Calls, km.Errors.Split("[hello-python] hello, tools/call echo").Length - 1);
    }

    [Fact]
    public async Task A_packaged_Python_plugin_serves_all_sessions_in_isolation_and_loses_nothing_when_it_is_killed()
    {
        await InstallAsync();
        await using var files = Monitor("files");
        await using var mail = Monitor("mail");
        await Task.WhenAll(files.EchoAsync(0, Calls), mail.EchoAsync(0, Calls));
        await files.SaysAsync(Line("files", Calls));
        await mail.SaysAsync(Line("mail", Calls));
        var process = Assert.Single((await ProcessesAsync()).Distinct());

        KmProcess.Send(process, PosixSignalNumber.Kill);
        await files.SaysAsync("hello-python v1.0.0 runs again (restart 1)");
        await Task.WhenAll(files.EchoAsync(Calls, Calls), mail.EchoAsync(Calls, Calls));

        // What it had kept in its state directory is where it was: it was acknowledged when that was written.
        await files.SaysAsync(Line("files", 2 * Calls));
        await mail.SaysAsync(Line("mail", 2 * Calls));
        await Task.WhenAll(files.EndAsync(), mail.EndAsync());
        foreach (var session in new[] { files, mail })
        {
            Assert.Contains("nothing dropped", session.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain("failed in it", session.Errors, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("(mail: ", files.Errors, StringComparison.Ordinal);
        var kept = JsonElement.Parse(
            await File.ReadAllTextAsync(
                Path.Combine(_home.Path, "state", "hello-python", "calls.json"),
                TestContext.Current.CancellationToken
            )
        );
        Assert.Equal((2 * Calls, 2 * Calls), (kept.GetProperty("files").GetInt32(), kept.GetProperty("mail").GetInt32()));
    }

    /// <summary>As <c>kmpkg pack</c> and <c>kmpkg sign</c> would make it of the built folder and its manifest.</summary>
    private async Task InstallAsync()
    {
        var plugin = await PythonSample.BuildAsync(_workspace);
        var folder = Path.GetDirectoryName(plugin)!;
        var description = PackageJson.ReadDescription(
            await File.ReadAllBytesAsync(Path.Combine(folder, "manifest.json"), TestContext.Current.CancellationToken)
        );
        var package = _home.File("hello-python.kmpkg");
        await File.WriteAllBytesAsync(
            package,
            PackageForge.Build(forge =>
            {
                forge.Files =
                [
                    .. Directory
                        .EnumerateFiles(folder)
                        .Where(file => Path.GetExtension(file) != ".json")
                        .Order(StringComparer.Ordinal)
                        .Select(file => new ForgedFile(Path.GetFileName(file), File.ReadAllBytes(file), file == plugin)),
                ];
                forge.Manifest = manifest =>
                    manifest with
                    {
                        Name = description.Name,
                        Version = description.Version,
                        Entrypoint = description.Entrypoint,
                        ProtocolVersions = description.ProtocolVersions,
                        Capabilities = description.Capabilities,
                        Settings = description.Settings,
                    };
            }),
            TestContext.Current.CancellationToken
        );
        var (status, _, errors) = await _home.RunAsync("plugins", "install", package, "--yes");
        Assert.True(status == 0, errors);
    }

    private static string Line(string server, int count) => $"[hello-python] hello, tools/call echo ({server}: {count})\n";

    private KmProcess Monitor(string server) => KmProcess.Monitor(["--name", server], Conversation.Server, _home.Environment);

    /// <summary>The plugin's process in each session.</summary>
    private async Task<List<int>> ProcessesAsync()
    {
        var (_, output, _) = await _home.RunAsync("plugins", "status", "--running", "--json");
        return
        [
            .. JsonElement
                .Parse(output)
                .GetProperty("sessions")
                .EnumerateArray()
                .Select(session => session.GetProperty("plugins").EnumerateArray().Single().GetProperty("pid").GetInt32()),
        ];
    }
}
