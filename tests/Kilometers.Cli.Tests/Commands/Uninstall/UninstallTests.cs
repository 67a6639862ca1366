using System.Net.Sockets;
using System.Text.Json;
using Kilometers.PluginHost.Installation;

namespace Kilometers.Cli.Tests.Commands.Uninstall;

public sealed class UninstallTests : IDisposable
{
    private static readonly Dictionary<string, string?> NoKey = new() { ["KM_API_KEY"] = null };
    private readonly string _folder = Directory.CreateTempSubdirectory("km-uninstall-").FullName;

    private string Home => Path.Combine(_folder, "home");

    [Fact]
    public void Entries_EveryPathOfTheHome_IsBelowOne()
    {
        var paths = PluginPaths.Default();
        var places = typeof(PluginPaths)
            .GetProperties()
            .Where(property => property.PropertyType == typeof(string))
            .Select(property => (string?)property.GetValue(paths))
            .OfType<string>()
            .Append(paths.SettingsOf("x"))
            .Append(paths.PackageOf("x"))
            .Where(path => path.StartsWith(paths.Home + "/", StringComparison.Ordinal));
        Assert.All(places, path =>
            Assert.Contains(paths.Entries, entry => path == entry || path.StartsWith(entry + "/", StringComparison.Ordinal))
        );
    }

    [Fact]
    public async Task Uninstall_WithoutYes_ShowsEverythingAndRemovesNothing()
    {
        Fill();
        var before = Everything();
        var (status, output, _) = await RealKm.RunAsync(Home, NoKey, "uninstall");
        Assert.Equal(0, status);
        Assert.Contains(Path.Combine(Home, "plugins"), output, StringComparison.Ordinal);
        Assert.Contains("Nothing was removed yet. To remove it: km uninstall --yes", output, StringComparison.Ordinal);
        Assert.Equal(before, Everything());
    }

    [Fact]
    public async Task Uninstall_WithYes_LeavesNothing()
    {
        Fill();
        var (status, output, errors) = await RealKm.RunAsync(Home, NoKey, "uninstall", "--yes");
        Assert.True(status == 0, output + errors);
        Assert.False(Directory.Exists(Home));
    }

    [Fact]
    public async Task Uninstall_AfterRealCommands_LeavesNothing()
    {
        Directory.CreateDirectory(Home);
        await RealKm.RunAsync(Home, NoKey, "config", "set", "test-start", "false");
        await RealKm.RunAsync(Home, NoKey, "plugins", "install", "nothing.kmpkg", "--yes");
        await RealKm.RunAsync(Home, NoKey, "monitor", "--", "true");
        Assert.NotEmpty(Everything());
        var (status, output, errors) = await RealKm.RunAsync(Home, NoKey, "uninstall", "--yes");
        Assert.True(status == 0, output + errors);
        Assert.False(Directory.Exists(Home));
    }

    [Fact]
    public async Task Uninstall_FilesOfOthersInTheHome_StayAndAreNamed()
    {
        Fill();
        await File.WriteAllTextAsync(Path.Combine(Home, "thesis.txt"), "mine", TestContext.Current.CancellationToken);
        var (status, _, errors) = await RealKm.RunAsync(Home, NoKey, "uninstall", "--yes");
        Assert.Equal(1, status);
        Assert.Contains("thesis.txt", errors, StringComparison.Ordinal);
        Assert.Contains("KM_UNI_002", errors, StringComparison.Ordinal);
        Assert.Equal(["thesis.txt"], Everything());
    }

    [Fact]
    public async Task Uninstall_ALinkInTheHome_IsRemovedAndNotFollowed()
    {
        Directory.CreateDirectory(Home);
        var elsewhere = Directory.CreateDirectory(Path.Combine(_folder, "elsewhere")).FullName;
        await File.WriteAllTextAsync(Path.Combine(elsewhere, "mine"), "", TestContext.Current.CancellationToken);
        Directory.CreateSymbolicLink(Path.Combine(Home, "state"), elsewhere);
        File.CreateSymbolicLink(Path.Combine(Home, "registry.json"), Path.Combine(_folder, "nowhere"));
        var (status, output, errors) = await RealKm.RunAsync(Home, NoKey, "uninstall", "--yes");
        Assert.True(status == 0, output + errors);
        Assert.True(File.Exists(Path.Combine(elsewhere, "mine")));
        Assert.False(Directory.Exists(Home));
    }

    [Fact]
    public async Task Uninstall_WhileASessionRuns_RemovesNothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the sockets are those of Unix");
        Fill();
        var run = Directory.CreateDirectory(Path.Combine(Home, "run"));
        if (!OperatingSystem.IsWindows())
            run.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(run.FullName, $"{Environment.ProcessId}-{new string('a', 32)}.sock")));
        socket.Listen();
        var before = Everything();
        var (status, output, _) = await RealKm.RunAsync(Home, NoKey, "uninstall", "--yes", "--json");
        Assert.Equal(1, status);
        Assert.Equal("KM_UNI_001", JsonElement.Parse(output).GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(before, Everything());
    }

    [Fact]
    public async Task Uninstall_FromBelowASession_RemovesNothing()
    {
        Fill();
        var km = Path.Combine(AppContext.BaseDirectory, "km");
        var (status, _, errors) = await RealKm.RunAsync(Home, NoKey, "monitor", "--no-plugins", "--", km, "uninstall", "--yes");
        Assert.Equal(1, status);
        Assert.Contains("KM_CTL_004", errors, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(Home, "plugins", "x.kmpkg")));
    }

    [Fact]
    public async Task Uninstall_AsData_NamesTheKeyAndItsStore()
    {
        Fill();
        await File.WriteAllTextAsync(
            Path.Combine(Home, "config", "account.json"),
            """
            {
              "endpoint": "http://127.0.0.1:1",
              "customerId": "cus_1",
              "customerName": "Somebody",
              "keyId": "0123456789abcdef",
              "issuer": "https://issuer.invalid"
            }
            """,
            TestContext.Current.CancellationToken
        );
        await File.WriteAllTextAsync(
            Path.Combine(Home, "config", "km.json"),
            """{ "credential-helper": "file" }""",
            TestContext.Current.CancellationToken
        );
        var (_, output, _) = await RealKm.RunAsync(Home, NoKey, "uninstall", "--json");
        var report = JsonElement.Parse(output);
        Assert.False(report.GetProperty("isDone").GetBoolean());
        var first = report.GetProperty("items")[0];
        Assert.Equal("API key", first.GetProperty("kind").GetString());
        Assert.StartsWith("for http://127.0.0.1:1, in ", first.GetProperty("what").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Uninstall_AClientThatStartsAServerThroughKm_GetsItsFileBack()
    {
        var (file, original) = await WrapAsync();
        var (status, output, errors) = await RunAsync("uninstall", "--yes");
        Assert.True(status == 0, output + errors);
        Assert.Equal(original, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        Assert.False(Directory.Exists(Home));
    }

    [Fact]
    public async Task Uninstall_AnEntryThatWasChangedSince_EndsItAndKeepsWhatItNeeds()
    {
        var (file, _) = await WrapAsync();
        var text = (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Replace(
            "--root",
            "--other",
            StringComparison.Ordinal
        );
        await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
        var before = Everything();
        var (status, _, errors) = await RunAsync("uninstall", "--yes");
        Assert.Equal(1, status);
        Assert.Contains(file, errors, StringComparison.Ordinal);
        Assert.Contains("KM_UNI_002", errors, StringComparison.Ordinal);
        Assert.Equal(text, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        Assert.Empty(before.Except(Everything()));
    }

    /// <summary>A user with a client, with km in front of its server.</summary>
    private async Task<(string File, string Original)> WrapAsync()
    {
        Directory.CreateDirectory(Home);
        var file = Path.Combine(_folder, ".cursor", "mcp.json");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        const string original = """{ "mcpServers": { "files": { "command": "my-server", "args": ["--root", "."] } } } // mine""";
        await File.WriteAllTextAsync(file, original, TestContext.Current.CancellationToken);
        var (status, output, errors) = await RunAsync("wrap", "cursor", "--yes");
        Assert.True(status == 0, output + errors);
        Assert.NotEqual(original, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        return (file, original);
    }

    private Task<(int Status, string Output, string Errors)> RunAsync(params string[] arguments) =>
        RealKm.RunAsync(Home, new Dictionary<string, string?>(NoKey) { ["HOME"] = _folder }, arguments);

    [Theory]
    [InlineData("/usr/bin/km", "apt remove km")]
    [InlineData("/home/me/x/node_modules/@kilometers/km-linux-x64/bin/km", "npm uninstall")]
    [InlineData("/home/me/.dotnet/tools/.store/km/1.0.0/km.linux-x64/1.0.0/tools/any/linux-x64/km", "dotnet tool uninstall")]
    [InlineData("/opt/km/km", "delete it yourself")]
    public void Program_WhereItIs_SaysHowToRemoveIt(string path, string words) =>
        Assert.Contains(words, Cli.Commands.Uninstall.UninstallCommand.Program(path), StringComparison.Ordinal);

    /// <summary>One file of each kind that km keeps.</summary>
    private void Fill()
    {
        foreach (
            var name in new[]
            {
                "plugins/x.kmpkg",
                "registry.json",
                "config/disabled/x",
                "credentials/x",
                "entitlement",
                "entitlement.lock",
                "trust.d/x.pem",
                "state/x/data",
                "spill/x",
                "downloads/km/x",
                "install.lock",
            }
        )
        {
            var path = Path.Combine(Home, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, "");
        }
    }

    private List<string> Everything() =>
        [
            .. Directory
                .EnumerateFileSystemEntries(Home, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(Home, path))
                .Order(StringComparer.Ordinal),
        ];

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
