using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kilometers.Api.Tests.Events;
using Kilometers.Api.Tests.Running;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Tests.Administration;

/// <summary><c>km-api admin</c> against a running server.</summary>
public sealed class AdminCommandTests(SqliteApi api) : IClassFixture<SqliteApi>
{
    [Fact]
    public async Task From_a_customer_to_a_published_plugin_by_commands()
    {
        var customer = await SucceedAsync("customers", "create", "--name", "Example Ltd", "--tier", "Pro");
        var id = (string)customer["id"]!;
        var key = await SucceedAsync("keys", "create", id, "--name", "laptop");
        var rotated = await SucceedAsync("keys", "rotate", (string)key["record"]!["id"]!, "--overlap", "0");
        Assert.Equal(2, (await SucceedAsync("keys", "list", id))["keys"]!.AsArray().Count);
        Assert.Equal(
            "Enterprise",
            (string)(await SucceedAsync("customers", "subscribe", id, "--tier", "Enterprise", "--remove", "ml_features"))["tier"]!
        );
        Assert.NotNull((await SucceedAsync("customers", "suspend", id))["suspendedAt"]);
        Assert.Null((await SucceedAsync("customers", "resume", id))["suspendedAt"]);

        var server = await api.StartAsync();
        var folder = Path.Combine(server.Data, "plugin");
        Directory.CreateDirectory(Path.Combine(folder, "out", "data"));
        File.Copy(ApiProcess.Launcher, Path.Combine(folder, "out", "run"));
        await File.WriteAllTextAsync(Path.Combine(folder, "out", "data", "notes.txt"), "notes", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "manifest.json"),
            """{"name":"by-command","version":"1.0.0","releaseSequence":1,"description":"d","author":"a","category":"logging","requiredTier":"Pro","protocolVersions":[2],"minimumCliVersion":"1.0.0","entrypoint":"run"}""",
            TestContext.Current.CancellationToken
        );
        await SucceedAsync(
            "releases",
            "publish",
            "--manifest",
            Path.Combine(folder, "manifest.json"),
            "--payload",
            Path.Combine(folder, "out"),
            "--platform",
            "linux-x64",
            "--commit",
            "ab12"
        );
        Assert.Contains((await SucceedAsync("releases", "list"))["releases"]!.AsArray(), release =>
            (string)release!["name"]! == "by-command"
        );

        var secret = (string)rotated["key"]!;
        using var km = new Customer(id, secret, server.Client(secret));
        var package = Assert.Single(await km.ProvisionAsync("by-command"));
        Assert.Single((await SucceedAsync("builds", "list", "--customer", id))["builds"]!.AsArray());
        await RunAsync("builds", "revoke", package.Id);
        await SucceedAsync("revocations", "add", "--plugin", "by-command", "--to", "1.0.0");
        Assert.InRange((int)(await SucceedAsync("revocations", "show"))["number"]!, 2, int.MaxValue);
        Assert.Contains((await SucceedAsync("audit", "show", "--event", "build.*"))["lines"]!.AsArray(), line =>
            (string)line!["event"]! == "build.revoked"
        );
    }

    [Fact]
    public async Task Lists_are_tables_and_json_is_readable()
    {
        const string Name = "O'Neill & Söhne <x>";
        var id = (string)(await SucceedAsync("customers", "create", "--name", Name, "--tier", "Free"))["id"]!;
        var (_, table, _) = await RunAsync("customers", "list");
        Assert.Matches("^ID +NAME +TIER", table);
        Assert.Contains(Name, table, StringComparison.Ordinal);
        var (_, json, _) = await RunAsync("customers", "show", id, "--json");
        Assert.Contains($"\"{Name}\"", json, StringComparison.Ordinal);
        Assert.DoesNotContain("\\u", json, StringComparison.Ordinal);
        var (_, record, _) = await RunAsync("customers", "show", id);
        Assert.Matches($"(?m)^id +{id}$", record);
        Assert.Matches("(?m)^tier +Free$", record);
    }

    [Fact]
    public async Task A_customer_is_renamed_looked_at_and_deleted_with_everything()
    {
        var server = await api.StartAsync();
        using var admin = server.Operator();
        var (id, key) = await admin.CustomerAsync("Pro");
        await admin.PublishAsync("of-the-deleted", "Free");
        using var customer = new Customer(id, key, server.Client(key));
        var package = Assert.Single(await customer.ProvisionAsync("of-the-deleted"));
        var sent = Sample.Event();
        using (
            var stored = await customer.PostAsync(
                "/api/events/batch",
                JsonSerializer.Serialize(EventClient.BatchOf([sent]), ApiEventJsonContext.Default.EventBatch)
            )
        )
            Assert.Equal(HttpStatusCode.Accepted, stored.StatusCode);
        Assert.Equal("Another name", (string)(await SucceedAsync("customers", "rename", id, "--name", "Another name"))["name"]!);
        var usage = await SucceedAsync("customers", "usage", id);
        Assert.Equal(
            (1, 1, 1, 1),
            ((int)usage["keys"]!, (int)usage["builds"]!, (int)usage["storedEvents"]!, (int)usage["events"]!["events"]!)
        );
        var seen = Assert.Single((await SucceedAsync("customers", "events", id))["events"]!.AsArray());
        Assert.Equal((sent.Method, null), ((string)seen!["method"]!, (string?)seen["payload"]));
        Assert.NotNull((await SucceedAsync("customers", "events", id, "--payload"))["events"]![0]!["payload"]);
        Assert.NotEmpty((await SucceedAsync("audit", "show", "--event", "customer.events-read"))["lines"]!.AsArray());

        var (status, _, errors) = await RunAsync("customers", "delete", id);
        Assert.Equal(1, status);
        Assert.Contains("1 API keys, 1 packages, 1 events", errors, StringComparison.Ordinal);
        Assert.Contains("--yes", errors, StringComparison.Ordinal);
        Assert.Equal(1, (int)(await SucceedAsync("customers", "delete", id, "--yes"))["events"]!);
        using (var refused = await customer.TryAuthenticateAsync())
            await Customer.RefusedAsync(refused, HttpStatusCode.Unauthorized, ErrorCode.ApiKeyRefused);
        Assert.Contains(ErrorCode.ApiNotFound, (await RunAsync("customers", "show", id)).Errors, StringComparison.Ordinal);
        Assert.Empty((await SucceedAsync("builds", "list", "--customer", id))["builds"]!.AsArray());
        Assert.Contains((await SucceedAsync("revocations", "show"))["builds"]!.AsArray(), build => (string)build! == package.Id);
        Assert.DoesNotContain((await SucceedAsync("audit", "show"))["lines"]!.AsArray(), line =>
            line!.ToJsonString().Contains("Another name", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_refusal_is_shown_with_its_code()
    {
        var (status, _, errors) = await RunAsync("customers", "suspend", "cus_unknown");
        Assert.Equal(1, status);
        Assert.Contains(ErrorCode.ApiNotFound, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_operators_key_goes_to_https_or_this_machine_only()
    {
        var server = await api.StartAsync();
        var (status, _, errors) = await ApiProcess.RunAsync(
            server.Data,
            new Dictionary<string, string> { ["KM_API_OPERATOR_KEY"] = "secret" },
            "admin",
            "customers",
            "list",
            "--endpoint",
            "http://api.example.com"
        );
        Assert.Equal(1, status);
        Assert.Contains(ErrorCode.InvalidEndpoint, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_operators_key_nothing_is_asked()
    {
        var server = await api.StartAsync();
        var (status, _, errors) = await ApiProcess.RunAsync(
            server.Data,
            new Dictionary<string, string>(),
            "admin",
            "customers",
            "list",
            "--endpoint",
            server.Address.ToString()
        );
        Assert.Equal(1, status);
        Assert.Contains(ErrorCode.ApiOperatorRefused, errors, StringComparison.Ordinal);
    }

    private async Task<JsonNode> SucceedAsync(params string[] arguments)
    {
        var (status, output, errors) = await RunAsync([.. arguments, "--json"]);
        Assert.True(status == 0, $"{string.Join(' ', arguments)}: {output}{errors}");
        return JsonNode.Parse(output)!;
    }

    private async Task<(int Status, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        var server = await api.StartAsync();
        var settings = new Dictionary<string, string>
        {
            ["KM_API_OPERATOR_KEY_FILE"] = Path.Combine(server.Data, "operator.key"),
            ["KM_API_ENDPOINT"] = server.Address.ToString(),
        };
        return await ApiProcess.RunAsync(server.Data, settings, ["admin", .. arguments]);
    }
}
