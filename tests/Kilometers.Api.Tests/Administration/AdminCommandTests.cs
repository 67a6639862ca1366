using System.Text.Json.Nodes;
using Kilometers.Api.Tests.Running;
using Kilometers.Contracts;

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
        Assert.Equal("Enterprise", (string)(await SucceedAsync("customers", "subscribe", id, "--tier", "Enterprise", "--remove", "ml"))["tier"]!);
        Assert.NotNull((await SucceedAsync("customers", "suspend", id))["suspendedAt"]);
        Assert.Null((await SucceedAsync("customers", "resume", id))["suspendedAt"]);

        var server = await api.StartAsync();
        var folder = Path.Combine(server.Data, "plugin");
        Directory.CreateDirectory(Path.Combine(folder, "out", "data"));
        File.Copy(ApiProcess.Executable, Path.Combine(folder, "out", "run"));
        await File.WriteAllTextAsync(Path.Combine(folder, "out", "data", "notes.txt"), "notes", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "manifest.json"),
            """{"name":"by-command","version":"1.0.0","releaseSequence":1,"description":"d","author":"a","category":"logging","requiredTier":"Pro","protocolVersions":[2],"minimumCliVersion":"1.0.0","entrypoint":"run"}""",
            TestContext.Current.CancellationToken);
        await SucceedAsync("releases", "publish", "--manifest", Path.Combine(folder, "manifest.json"), "--payload", Path.Combine(folder, "out"), "--platform", "linux-x64", "--commit", "ab12");
        Assert.Contains((await SucceedAsync("releases", "list"))["releases"]!.AsArray(), release => (string)release!["name"]! == "by-command");

        var secret = (string)rotated["key"]!;
        using var km = new Customer(id, secret, server.Client(secret));
        var package = Assert.Single(await km.ProvisionAsync("by-command"));
        Assert.Single((await SucceedAsync("builds", "list", "--customer", id))["builds"]!.AsArray());
        await RunAsync("builds", "revoke", package.Id);
        await SucceedAsync("revocations", "add", "--plugin", "by-command", "--to", "1.0.0");
        Assert.Equal(2, (int)(await SucceedAsync("revocations", "show"))["number"]!);
        Assert.Contains((await SucceedAsync("audit", "show", "--event", "build.*"))["lines"]!.AsArray(), line => (string)line!["event"]! == "build.revoked");
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
        var (status, _, errors) = await ApiProcess.RunAsync(server.Data, new Dictionary<string, string> { ["KM_API_OPERATOR_KEY"] = "secret" }, "admin", "customers", "list", "--endpoint", "http://api.example.com");
        Assert.Equal(1, status);
        Assert.Contains(ErrorCode.InvalidEndpoint, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_operators_key_nothing_is_asked()
    {
        var server = await api.StartAsync();
        var (status, _, errors) = await ApiProcess.RunAsync(server.Data, new Dictionary<string, string>(), "admin", "customers", "list", "--endpoint", server.Address.ToString());
        Assert.Equal(1, status);
        Assert.Contains(ErrorCode.ApiOperatorRefused, errors, StringComparison.Ordinal);
    }

    private async Task<JsonNode> SucceedAsync(params string[] arguments)
    {
        var (status, output, errors) = await RunAsync(arguments);
        Assert.True(status == 0, $"{string.Join(' ', arguments)}: {output}{errors}");
        return JsonNode.Parse(output)!;
    }

    private async Task<(int Status, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        var server = await api.StartAsync();
        var settings = new Dictionary<string, string> { ["KM_API_OPERATOR_KEY_FILE"] = Path.Combine(server.Data, "operator.key"), ["KM_API_ENDPOINT"] = server.Address.ToString() };
        return await ApiProcess.RunAsync(server.Data, settings, ["admin", .. arguments]);
    }
}
