namespace Kilometers.Cli.Tests.Commands.Doctor;

/// <summary>A user pastes the output into an issue: no secret may be in it, wherever one was.</summary>
public sealed class DoctorSecretsTests : IDisposable
{
    private const string Plain = "correct-horse-battery";
    private const string Token = "ghp_abcdefghijklmnopqrstuvwxyz0123456789";
    private const string Key = "km_live_0123456789abcdef_abcdefghijklmnopqrstuvwxyz234567abcdefgh_zzzzzz";
    private readonly string _home = Directory.CreateTempSubdirectory("km-doctor-").FullName;

    private static readonly Dictionary<string, string?> Environment = new()
    {
        ["KM_API_ENDPOINT"] = $"https://user:{Plain}@api.invalid/?token={Token}",
        ["KM_API_KEY"] = Key,
        ["HTTPS_PROXY"] = $"http://user:{Plain}@127.0.0.1:1",
        ["KM_CREDENTIAL_HELPER"] = Plain + "!",
        ["KM_PLUGIN_CONSOLE_LOGGER__TOKEN"] = Plain,
        ["AWS_SECRET_ACCESS_KEY"] = Plain,
    };

    /// <summary>Everything that km reads, each with secrets in it.</summary>
    private static readonly (string File, string Text)[] Files =
    [
        ("config/account.json", $$"""{ "endpoint": "{{Plain}}", "password": "{{Token}}" }"""),
        ("config/policy.json", $$"""{ "version": 1, "{{Token}}": true }"""),
        ("config/plugins/console-logger.json", $$"""{ "token": "{{Plain}}" }"""),
        ("credentials/https___api.invalid", $"{Plain} {Key}"),
        ("entitlement", Plain),
        (
            ".cursor/mcp.json",
            $$"""{ "mcpServers": { "a": { "command": "/nowhere/km", "args": ["monitor", "--", "x", "{{Plain}}"], "env": { "TOKEN": "{{Token}}" } } } }"""
        ),
        (".claude.json", $$"""{ "mcpServers": { "{{Plain}}" : "{{Token}}", "{{Plain}}" : "{{Token}}" } }"""),
        ("registry.json", Plain),
        ("plugins/x.kmpkg", Plain),
        ("trust.d/x.pem", $"-----BEGIN PRIVATE KEY-----\n{Plain}\n-----END PRIVATE KEY-----\n"),
        ("audit/audit.jsonl", $$"""{ "event": "session.started", "detail": "server --token {{Token}} {{Plain}}", "code": "{{Plain}}" }"""),
    ];

    [Theory]
    [InlineData("{}")]
    [InlineData($$"""{ "endpoint": "https://user:{{Plain}}@api.invalid" }""")]
    [InlineData($$"""{ "{{Plain}}": "{{Token}}" }""")]
    [InlineData(Plain)]
    public async Task Doctor_SecretsInFiles_AreNotShown(string settings)
    {
        foreach (var (file, text) in Files.Append(("config/km.json", settings)))
        {
            var path = Path.Combine(_home, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
        }

        await AssertSilentAsync(new Dictionary<string, string?>());
    }

    [Fact]
    public async Task Doctor_SecretsInTheEnvironment_AreNotShown() => await AssertSilentAsync(Environment);

    [Theory]
    [InlineData("KM_API_ENDPOINT")]
    [InlineData("KM_API_KEY")]
    [InlineData("HTTPS_PROXY")]
    [InlineData("KM_CREDENTIAL_HELPER")]
    public async Task Doctor_OneSecretInTheEnvironment_IsNotShown(string variable) =>
        await AssertSilentAsync(new Dictionary<string, string?> { [variable] = Environment[variable] });

    private async Task AssertSilentAsync(IReadOnlyDictionary<string, string?> environment)
    {
        foreach (var options in new[] { new[] { "--offline" }, ["--offline", "--json"] })
        {
            var (_, output, errors) = await RealKm.RunAsync(_home, environment, ["doctor", .. options]);
            Assert.NotEmpty(output);
            foreach (var secret in new[] { Plain, Token, Key, Key[25..] })
            {
                Assert.DoesNotContain(secret, output, StringComparison.Ordinal);
                Assert.DoesNotContain(secret, errors, StringComparison.Ordinal);
            }
        }
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);
}
