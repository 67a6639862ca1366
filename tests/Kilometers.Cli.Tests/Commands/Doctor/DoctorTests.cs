using System.Net.Sockets;
using System.Text.Json;

namespace Kilometers.Cli.Tests.Commands.Doctor;

/// <summary>The real km in surroundings that are broken in one way each.</summary>
public sealed class DoctorTests : IDisposable
{
    private const string Unreachable = "http://127.0.0.1:1";
    private readonly string _home = Directory.CreateTempSubdirectory("km-doctor-").FullName;
    private readonly Dictionary<string, string?> _environment = new() { ["KM_API_ENDPOINT"] = null, ["KM_API_KEY"] = null };

    [Fact]
    public async Task Doctor_NothingBroken_HasNoErrorAndAFindingOfEachCheck()
    {
        var (status, findings) = await RunAsync();
        Assert.Equal(0, status);
        Assert.DoesNotContain(findings, finding => finding.Severity == "error");
        Assert.Equal(
            Kilometers.Cli.Commands.Doctor.DoctorChecks.All.Select(check => check.Name),
            findings.Select(finding => finding.Check).Distinct()
        );
        Assert.Empty(Directory.EnumerateFileSystemEntries(_home));
    }

    [Fact]
    public async Task Doctor_ForPeople_EndsWithACount()
    {
        var (status, output, _) = await RealKm.RunAsync(_home, _environment, "doctor", "--offline");
        Assert.Equal(0, status);
        Assert.Matches("\n(Nothing is wrong|No check failed; [0-9]+ warnings?)\\.\n$", output);
    }

    [Fact]
    public async Task Doctor_ARelativeHome_FailsAndChecksTheRest()
    {
        _environment["KM_HOME"] = "relative";
        var findings = await AssertAsync("home", "error", "CFG_HOM_001");
        Assert.Contains(findings, finding => finding is { Check: "account", Severity: "notChecked" });
        Assert.Contains(findings, finding => finding is { Check: "isolation", Severity: not "notChecked" });
    }

    [Fact]
    public async Task Doctor_AHomeOpenToOthers_Fails()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "modes are those of Unix");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_home, (UnixFileMode)0b111_111_111);
        await AssertAsync("home", "error", "CFG_HOM_002");
    }

    [Theory]
    [InlineData("{ not json")]
    [InlineData("{ \"unknown\": \"x\" }")]
    [InlineData("{ \"entitlement-refresh\": \"0\" }")]
    public async Task Doctor_SettingsThatCannotBeUsed_FailAndChecksThatNeedThemAreLeftOut(string text)
    {
        Write("config/km.json", text);
        var findings = await AssertAsync("settings", "error", "CFG_FIL_001");
        Assert.Contains(findings, finding => finding is { Check: "plugins", Severity: "notChecked" });
    }

    [Fact]
    public async Task Doctor_AKeyThatIsNone_Fails()
    {
        _environment["KM_API_KEY"] = "km_live_cut";
        await AssertAsync("account", "error", "CFG_KEY_001");
    }

    [Fact]
    public async Task Doctor_ACredentialHelperThatIsNotThere_Fails()
    {
        Write("config/account.json", Account);
        Write("config/km.json", """{ "credential-helper": "nowhere", "endpoint": "http://127.0.0.1:1" }""");
        await AssertAsync("account", "error", "CFG_CRD_001");
    }

    [Fact]
    public async Task Doctor_SignedInWithoutAnEntitlement_Warns()
    {
        Write("config/account.json", Account);
        Write("config/km.json", """{ "credential-helper": "file", "endpoint": "http://127.0.0.1:1" }""");
        await AssertAsync("account", "warning", null);
    }

    [Fact]
    public async Task Doctor_AnApiThatIsNotThere_WarnsAndNamesTheProxyWithoutItsPassword()
    {
        _environment["KM_API_ENDPOINT"] = "https://api.invalid";
        _environment["HTTPS_PROXY"] = "http://somebody:proxy-password@127.0.0.1:1";
        var (_, output, _) = await RealKm.RunAsync(_home, _environment, "doctor", "--json");
        var finding = Assert.Single(Read(output), finding => finding.Check == "API");
        Assert.Equal(("warning", "API_NET_001"), (finding.Severity, finding.Code));
        Assert.Contains("by the proxy http://127.0.0.1:1", finding.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("proxy-password", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_ABrokenPackage_IsNamedWithItsCode()
    {
        Write("plugins/broken.kmpkg", "not a package");
        var (status, findings) = await RunAsync();
        Assert.Equal(1, status);
        var finding = Assert.Single(findings, finding => finding is { Check: "plugins", Code: not null });
        Assert.StartsWith("PLG_PKG_", finding.Code, StringComparison.Ordinal);
        Assert.StartsWith("broken does not run: ", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_ABrokenPolicy_Fails()
    {
        Write("config/policy.json", "{ }");
        await AssertAsync("policy", "error", "CFG_POL_001");
    }

    [Fact]
    public async Task Doctor_ADamagedRegistry_Warns()
    {
        Write("registry.json", "{ not json");
        await AssertAsync("plugins", "warning", null, "The registry is damaged");
    }

    [Fact]
    public async Task Doctor_ASessionThatDoesNotAnswer_Warns()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the sockets are those of Unix");
        var folder = Directory.CreateDirectory(Path.Combine(_home, "run"));
        if (!OperatingSystem.IsWindows())
            folder.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder.FullName, $"{Environment.ProcessId}-{new string('a', 32)}.sock")));
        socket.Listen();
        await AssertAsync("sessions", "warning", "KM_CTL_005");
    }

    [Fact]
    public async Task Doctor_AnAuditLogThatWasChanged_Fails()
    {
        await FailAsync();
        var log = Path.Combine(_home, "audit", "audit.jsonl");
        await File.WriteAllTextAsync(
            log,
            (await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken)).Replace(
                "denied",
                "allowed",
                StringComparison.Ordinal
            ),
            TestContext.Current.CancellationToken
        );
        await AssertAsync("audit", "error", "AUD_LOG_002");
    }

    [Fact]
    public async Task Doctor_ErrorsOfLately_AreListedByTheirCodes()
    {
        await FailAsync();
        var finding = (await RunAsync()).Findings.Last(finding => finding.Check == "audit");
        Assert.Equal("ok", finding.Severity);
        Assert.Matches("\nPLG_PKG_[0-9]{3}.*, once at ", finding.Text);
    }

    [Fact]
    public async Task Doctor_AnotherKmOnThePath_Warns()
    {
        await File.WriteAllTextAsync(Path.Combine(_home, "km"), "", TestContext.Current.CancellationToken);
        _environment["PATH"] = _home;
        await AssertAsync("program", "warning", null, "The km on the PATH is another one");
    }

    [Fact]
    public async Task Doctor_AClientThatNamesAKmThatIsGone_Fails()
    {
        Write(
            ".cursor/mcp.json",
            """{ "mcpServers": { "files": { "command": "/nowhere/km", "args": ["monitor", "--", "my-server"] } } }"""
        );
        await AssertAsync("clients", "error", null, "Cursor starts 'files' through a km that is not there");
    }

    [Fact]
    public async Task Doctor_AClientWithoutKm_IsCounted()
    {
        Write(".cursor/mcp.json", """{ "mcpServers": { "files": { "command": "my-server" } } }""");
        await AssertAsync("clients", "ok", null, "1 server, none through km");
    }

    [Fact]
    public async Task Doctor_AClientsFileThatIsBroken_Warns()
    {
        Write(".cursor/mcp.json", "{ not json");
        await AssertAsync("clients", "warning", null, "mcp.json");
    }

    /// <summary>A log with a record of an error.</summary>
    private async Task FailAsync()
    {
        Write("bad.kmpkg", "not a package");
        var (status, _, _) = await RealKm.RunAsync(_home, _environment, "plugins", "install", "bad.kmpkg", "--yes");
        Assert.Equal(1, status);
        Assert.True(File.Exists(Path.Combine(_home, "audit", "audit.jsonl")));
    }

    private const string Account = $$"""
        {
          "endpoint": "{{Unreachable}}",
          "customerId": "cus_1",
          "customerName": "Somebody",
          "keyId": "0123456789abcdef",
          "issuer": "https://issuer.invalid"
        }
        """;

    private async Task<IReadOnlyList<Shown>> AssertAsync(string check, string severity, string? code, string text = "")
    {
        var (status, findings) = await RunAsync();
        Assert.True(
            findings.Any(finding =>
                finding.Check == check
                && finding.Severity == severity
                && (code is null || finding.Code == code)
                && finding.Text.Contains(text, StringComparison.Ordinal)
            ),
            string.Join('\n', findings)
        );
        Assert.Equal(findings.Any(finding => finding.Severity == "error") ? 1 : 0, status);
        return findings;
    }

    private async Task<(int Status, IReadOnlyList<Shown> Findings)> RunAsync()
    {
        var (status, output, errors) = await RealKm.RunAsync(_home, _environment, "doctor", "--offline", "--json");
        Assert.Empty(errors);
        return (status, Read(output));
    }

    private static List<Shown> Read(string output) =>
        [
            .. JsonElement
                .Parse(output)
                .GetProperty("findings")
                .EnumerateArray()
                .Select(finding => new Shown(
                    finding.GetProperty("check").GetString()!,
                    finding.GetProperty("severity").GetString()!,
                    Text(finding, "code"),
                    $"{Text(finding, "summary")}\n{Text(finding, "detail")}"
                )),
        ];

    private static string? Text(JsonElement finding, string name) => finding.TryGetProperty(name, out var value) ? value.GetString() : null;

    private void Write(string name, string text)
    {
        var path = Path.Combine(_home, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);

    private sealed record Shown(string Check, string Severity, string? Code, string Text);
}
