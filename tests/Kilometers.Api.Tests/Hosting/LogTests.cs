using System.Text.Json;
using Kilometers.Api.Tests.Events;
using Kilometers.Api.Tests.Running;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Tests.Hosting;

/// <summary>The server's log: one line per request, what was refused and done, and never a secret.</summary>
public sealed class LogTests
{
    private const string Payload = "VGhlIGN1c3RvbWVycyBvd24gd29yZHM=";

    [Theory]
    [InlineData("text")]
    [InlineData("json")]
    public async Task Each_request_is_one_line_and_none_has_a_secret(string format)
    {
        await using var api = await ApiProcess.StartAsync(
            settings: new Dictionary<string, string> { ["Log:Format"] = format, ["Log:Level"] = "debug" }
        );
        using var admin = api.Operator();
        var (id, key) = await admin.CustomerAsync("Pro");
        await admin.PublishAsync("logged", "Free");
        using var customer = new Customer(id, key, api.Client(key));
        var package = Assert.Single(await customer.ProvisionAsync("logged"));
        await customer.DownloadAsync(package);
        var token = (await customer.AuthenticateAsync(package)).Token;
        var batch = JsonSerializer.Serialize(
            EventClient.BatchOf([Sample.Event() with { Payload = Convert.FromBase64String(Payload) }]),
            ApiEventJsonContext.Default.EventBatch
        );
        using (await customer.PostAsync("/api/events/batch", batch)) { }

        using (await customer.Client.GetAsync("/api/events?method=a-secret-method", TestContext.Current.CancellationToken)) { }

        using var stranger = api.Client("km_live_abcdefghijkl_0123456789012345678901234567890123456789");
        using (await stranger.GetAsync("/api/stats", TestContext.Current.CancellationToken)) { }

        await Wait.UntilAsync(
            () =>
                new[] { "/api/stats", "revocation list" }.All(text => api.Lines.Any(line => line.Contains(text, StringComparison.Ordinal))),
            () => string.Join('\n', api.Lines)
        );
        var lines = api.Lines;
        var log = string.Join('\n', lines);
        Assert.Single(lines, line =>
            line.Contains($"GET /api/events 200 ", StringComparison.Ordinal) && line.Contains($"customer={id}", StringComparison.Ordinal)
        );
        Assert.Single(lines, line => line.Contains("GET /api/plugins/download/{id} 200 ", StringComparison.Ordinal));
        Assert.Single(lines, line =>
            line.Contains("GET /api/stats 401 ", StringComparison.Ordinal)
            && line.Contains($"code={ErrorCode.ApiKeyRefused}", StringComparison.Ordinal)
        );
        Assert.Single(lines, line =>
            line.Contains("POST /api/admin/customers 201 ", StringComparison.Ordinal)
            && line.Contains("customer=operator", StringComparison.Ordinal)
        );
        Assert.Contains(lines, line => line.Contains($"customer.created customer={id}", StringComparison.Ordinal));
        Assert.Contains(lines, line =>
            line.Contains("key.refused", StringComparison.Ordinal) && line.Contains(ErrorCode.ApiKeyRefused, StringComparison.Ordinal)
        );
        Assert.Contains(lines, line => line.Contains("revocation list", StringComparison.Ordinal));
        foreach (
            var secret in new[]
            {
                key,
                key.Split('_')[^1],
                api.OperatorKey,
                token,
                Payload,
                "a-secret-method",
                "The customers own words",
                package.DownloadUrl.Split("signature=")[^1],
            }
        )
            Assert.DoesNotContain(secret, log, StringComparison.Ordinal);
        if (format == "json")
            Assert.All(lines, line => JsonDocument.Parse(line).Dispose());
    }
}
