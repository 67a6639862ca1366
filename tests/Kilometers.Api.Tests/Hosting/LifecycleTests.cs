using System.Net;
using System.Net.Sockets;
using System.Text;
using Kilometers.Api.Tests.Running;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Tests.Hosting;

/// <summary>Starting, stopping, and what stays behind.</summary>
public sealed class LifecycleTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Told_to_stop_it_is_not_ready_finishes_what_it_has_begun_and_ends_well()
    {
        await using var api = await ApiProcess.StartAsync(settings: new Dictionary<string, string> { ["DrainDelaySeconds"] = "5" });
        using var admin = api.Operator();
        var (_, key) = await admin.CustomerAsync("Pro");
        using var connection = new TcpClient();
        await connection.ConnectAsync(api.Address.Host, api.Address.Port, Stop);
        const string Body = """{"platform":"linux-x64","plugins":["all"]}""";
        await connection
            .GetStream()
            .WriteAsync(
                Encoding.ASCII.GetBytes(
                    $"POST /api/plugins/provision HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-API-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{{"
                ),
                Stop
            );
        api.Terminate();
        using var client = api.Client();
        while (true)
        {
            using var ready = await client.GetAsync("/health/ready", Stop);
            if (ready.StatusCode == HttpStatusCode.ServiceUnavailable)
                break;
        }

        using var live = await client.GetAsync("/health/live", Stop);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Body[1..]), Stop);
        using var reader = new StreamReader(connection.GetStream());
        Assert.StartsWith("HTTP/1.1 200", await reader.ReadToEndAsync(Stop), StringComparison.Ordinal);
        Assert.Equal(0, await api.WaitForExitAsync());
    }

    [Fact]
    public async Task Development_customers_are_made_once_and_their_keys_shown_once()
    {
        var data = Directory.CreateTempSubdirectory("km-api-test-").FullName;
        string[] keys;
        await using (var first = await ApiProcess.StartAsync(null, null, "--dev"))
        {
            keys = [.. first.Lines.SelectMany(line => line.Split(' ')).Where(word => ApiKey.Parse(word) is not null)];
            Assert.Equal(3, keys.Length);
            using var client = first.Client(keys[1]);
            using var response = await client.GetAsync("/api/subscription/status", Stop);
            Assert.Equal("Pro", (await Operator.ReadAsync<SubscriptionStatus>(response)).Tier);
            Assert.Contains(first.Lines, line => line.Contains(Path.Combine("root", "cert.pem"), StringComparison.Ordinal));
            first.Terminate();
            Assert.Equal(0, await first.WaitForExitAsync());
            ApiProcess.Copy(first.Data, data);
        }

        await using var second = await ApiProcess.StartAsync(data, null, "--dev");
        Assert.DoesNotContain(second.Lines, line => line.Contains("km_live_", StringComparison.Ordinal));
        using var again = second.Client(keys[1]);
        using var still = await again.GetAsync("/api/subscription/status", Stop);
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
    }

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://*:0")]
    [InlineData("http://127.0.0.1:0;http://[::]:0")]
    public async Task Development_customers_are_for_this_machine_only(string urls)
    {
        var (status, errors) = await FailAsync([], "serve", "--dev", "--urls", urls);
        Assert.Equal(1, status);
        Assert.Contains(ErrorCode.ApiConfiguration, errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Limits:BodyBytes", "many")]
    [InlineData("Limits:BodyBytes", "1")]
    [InlineData("Limits:BodyByte", "2000")]
    [InlineData("Database:Provider", "mysql")]
    [InlineData("Database:ConnectionStringFile", "/nowhere/at-all")]
    [InlineData("TrustedProxies", "example")]
    [InlineData("PublicUrl", "ftp://x")]
    [InlineData("OperatorKeyFile", "/nowhere/at-all")]
    [InlineData("Urls", "nonsense")]
    public async Task A_setting_that_is_not_usable_is_named(string name, string value)
    {
        var (status, errors) = await FailAsync(new() { [name] = value }, "serve");
        Assert.Equal(1, status);
        Assert.Contains(ErrorCode.ApiConfiguration, errors, StringComparison.Ordinal);
        Assert.Contains(name, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_folder_is_one_servers()
    {
        await using var api = await ApiProcess.StartAsync();
        var (status, _, errors) = await ApiProcess.RunAsync(
            api.Data,
            new Dictionary<string, string>(),
            "serve",
            "--urls",
            "http://127.0.0.1:0"
        );
        Assert.Equal(1, status);
        Assert.Contains("in use", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_key_is_written_anywhere()
    {
        await using var api = await ApiProcess.StartAsync();
        var secrets = new List<string> { api.OperatorKey };
        using var admin = api.Operator();
        await admin.PublishAsync("quiet", "Free");
        var (id, key) = await admin.CustomerAsync("Pro");
        var rotated = await admin.PostAsync<CreatedApiKey>($"keys/{ApiKey.Parse(key)!.Id}/rotate", """{"overlapHours":1}""");
        secrets.AddRange([key, rotated.Key, ApiKey.Create().Text]);
        foreach (var secret in secrets)
        {
            // As it should be, in the wrong place, and in an address, where it never belongs.
            using var client = api.Client(secret);
            foreach (
                var path in new[]
                {
                    "/api/subscription/status",
                    "/api/plugins/available?platform=linux-x64",
                    "/api/admin/customers",
                    $"/api/plugins/download/{secret}",
                    $"/api/admin/customers/{secret}",
                }
            )
                (await client.GetAsync(path, Stop)).Dispose();
        }

        using var customer = new Customer(id, key, api.Client(key));
        await customer.DownloadAsync((await customer.ProvisionAsync("quiet"))[0]);
        var token = (await customer.AuthenticateAsync()).Token;
        api.Terminate();
        Assert.Equal(0, await api.WaitForExitAsync());
        var kept = Directory
            .EnumerateFiles(api.Data, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) is not ("operator.key" or "key-hash.secret"))
            .Select(file => Encoding.Latin1.GetString(File.ReadAllBytes(file)))
            .Append(string.Join('\n', api.Lines))
            .ToList();
        Assert.Contains(kept, text => text.Contains(ApiKey.Parse(key)!.Id, StringComparison.Ordinal));
        foreach (var secret in secrets.Append(token).Select(secret => secret[^20..]))
            Assert.DoesNotContain(kept, text => text.Contains(secret, StringComparison.Ordinal));
    }

    private static async Task<(int Status, string Errors)> FailAsync(Dictionary<string, string> settings, params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("km-api-test-").FullName;
        var (status, _, errors) = await ApiProcess.RunAsync(folder, settings, arguments);
        Directory.Delete(folder, recursive: true);
        return (status, errors);
    }
}
