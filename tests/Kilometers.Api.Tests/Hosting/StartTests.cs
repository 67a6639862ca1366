using System.Net;
using System.Net.Sockets;
using Kilometers.Api.Tests.Running;
using Kilometers.Contracts;

namespace Kilometers.Api.Tests.Hosting;

/// <summary>What keeps it from starting is said in one error, with a code and without a stack trace.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task A_port_that_is_taken()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        await FailsAsync(ErrorCode.ApiListening, [], "serve", "--urls", $"http://127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}");
    }

    [Fact]
    public Task An_address_of_another_machine() => FailsAsync(ErrorCode.ApiListening, [], "serve", "--urls", "http://192.0.2.1:0");

    [Fact]
    public Task Https_without_a_certificate() => FailsAsync(ErrorCode.ApiListening, [], "serve", "--urls", "https://127.0.0.1:0");

    [Theory]
    [InlineData("no certificate")]
    [InlineData(null)]
    public async Task A_certificate_that_cannot_be_used(string? content)
    {
        var folder = Directory.CreateTempSubdirectory("km-api-test-");
        var certificate = Path.Combine(folder.FullName, "cert.pem");
        if (content is not null)
            await File.WriteAllTextAsync(certificate, content, TestContext.Current.CancellationToken);
        var config = Path.Combine(folder.FullName, "config.json");
        await File.WriteAllTextAsync(
            config,
            """{"Kestrel":{"Endpoints":{"Https":{"Url":"https://127.0.0.1:0","Certificate":{"Path":"FILE","KeyPath":"FILE"}}}}}""".Replace(
                "FILE",
                certificate,
                StringComparison.Ordinal
            ),
            TestContext.Current.CancellationToken
        );
        await FailsAsync(ErrorCode.ApiListening, [], "serve", "--config", config);
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("Host=127.0.0.1;Port=1;Database=km;Username=km;Timeout=2", ErrorCode.ApiDatabase)]
    [InlineData("Host=no-such-host.invalid;Database=km;Username=km;Timeout=2", ErrorCode.ApiDatabase)]
    [InlineData("Host=;;=;Password=hunter2hunter2", ErrorCode.ApiConfiguration)]
    public async Task A_database_that_is_not_there(string connection, string code)
    {
        var settings = new Dictionary<string, string> { ["Database:Provider"] = "postgresql", ["Database:ConnectionString"] = connection };
        foreach (var command in new[] { new[] { "serve", "--urls", "http://127.0.0.1:0" }, ["migrate"], ["keys", "init"] })
            Assert.DoesNotContain("hunter2", await FailsAsync(code, settings, command), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("serve", "--no-such-option")]
    [InlineData("admin", "custmers")]
    [InlineData("admin", "customers", "usage", "cus_1", "--days", "0")]
    public Task A_command_line_that_is_not_understood(params string[] arguments) =>
        FailsAsync(ErrorCode.InvalidArguments, [], arguments, status: 2);

    [Fact]
    public async Task A_server_behind_a_dead_proxy()
    {
        var settings = new Dictionary<string, string>
        {
            ["KM_API_OPERATOR_KEY"] = new('x', 40),
            ["KM_API_ENDPOINT"] = "https://api.test.example",
            ["HTTPS_PROXY"] = "http://127.0.0.1:1",
        };
        await FailsAsync(ErrorCode.ApiUnreachable, settings, "admin", "customers", "list");
    }

    /// <summary>A service's user may have no home, and the system may be read-only but for the data folder. Nobody can write to /proc.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/nowhere/at-all")]
    [InlineData("/proc")]
    public async Task Without_a_home_and_a_temporary_folder_it_serves(string? folder)
    {
        var settings = new Dictionary<string, string> { ["HOME"] = folder!, ["TMPDIR"] = folder! };
        await using var api = await ApiProcess.StartAsync(settings: settings);
        using var client = api.Client();
        Assert.Equal("ready", await client.GetStringAsync("/health/ready", TestContext.Current.CancellationToken));
        using var admin = api.Operator();
        await admin.PublishAsync("homeless", "Free");
    }

    private static Task<string> FailsAsync(string code, Dictionary<string, string> settings, params string[] arguments) =>
        FailsAsync(code, settings, arguments, status: 1);

    private static async Task<string> FailsAsync(string code, Dictionary<string, string> settings, string[] arguments, int status)
    {
        var data = Directory.CreateTempSubdirectory("km-api-test-").FullName;
        var (actual, output, errors) = await ApiProcess.RunAsync(data, settings, arguments);
        Directory.Delete(data, recursive: true);
        Assert.True(status == actual, $"{actual}: {output}{errors}");
        Assert.Contains($"[{code}]", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output + errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", output + errors, StringComparison.Ordinal);
        Assert.InRange(errors.TrimEnd().Split('\n').Length, 1, 3);
        return output + errors;
    }
}
