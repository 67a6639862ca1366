using Kilometers.Api.Tests.Databases;
using Kilometers.Api.Tests.Events;
using Kilometers.Api.Tests.Running;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Tests.Hosting;

/// <summary>New nodes on an empty database, started at the same moment.</summary>
public sealed class FirstStartTests(PostgresServer server)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_that_share_their_secrets_agree_on_one_issuers_key_and_are_ready()
    {
        var shared = Directory.CreateTempSubdirectory("km-api-test-");
        var settings = new Dictionary<string, string>(await MigratedAsync(shared.FullName))
        {
            ["KeyHashFile"] = Path.Combine(shared.FullName, "key-hash.secret"),
            ["IssuerKeyFolder"] = Path.Combine(shared.FullName, "issuer-keys"),
        };
        await File.WriteAllTextAsync(settings["KeyHashFile"], new string('k', 64), Stop);
        var nodes = await Task.WhenAll(ApiProcess.StartAsync(settings: settings), ApiProcess.StartAsync(settings: settings));
        await using var first = nodes[0];
        await using var second = nodes[1];
        using var admin = first.Operator();
        Assert.Single((await admin.GetAsync<IssuerKeyList>("issuer-keys")).Keys);
        foreach (var node in nodes)
            Assert.Equal("ready", await ReadyAsync(node));
        var (id, key) = await admin.CustomerAsync("Free");
        using var there = new Customer(id, key, second.Client(key));
        await there.AuthenticateAsync();
        shared.Delete(recursive: true);
    }

    [Fact]
    public async Task Of_two_that_share_nothing_one_says_what_it_lacks_until_it_has_it()
    {
        var folder = Directory.CreateTempSubdirectory("km-api-test-");
        var settings = await MigratedAsync(folder.FullName);
        var nodes = await Task.WhenAll(ApiProcess.StartAsync(settings: settings), ApiProcess.StartAsync(settings: settings));
        await using var one = nodes[0];
        await using var two = nodes[1];
        using var admin = one.Operator();
        var made = Assert.Single((await admin.GetAsync<IssuerKeyList>("issuer-keys")).Keys).Id;
        var winner = nodes.Single(node => File.Exists(Path.Combine(node.Data, "issuer-keys", made + ".pem")));
        var loser = nodes.Single(node => node != winner);
        Assert.Contains(ErrorCode.SigningKeys, await ReadyAsync(loser), StringComparison.Ordinal);
        Assert.Contains(loser.Lines, line =>
            line.Contains($"[{ErrorCode.SigningKeys}]", StringComparison.Ordinal)
            && line.Contains(Path.Combine(loser.Data, "issuer-keys", made + ".pem"), StringComparison.Ordinal)
        );

        // Both made a secret of key hashes; whichever the database knows, the other node says so.
        var other = Assert.Single(nodes, node =>
            node.Lines.Any(line => line.Contains("key-hash.secret is not the one", StringComparison.Ordinal))
        );
        Assert.Contains(ErrorCode.ApiConfiguration, await ReadyAsync(other), StringComparison.Ordinal);

        Directory.CreateDirectory(Path.Combine(loser.Data, "issuer-keys"));
        File.Copy(Path.Combine(winner.Data, "issuer-keys", made + ".pem"), Path.Combine(loser.Data, "issuer-keys", made + ".pem"));
        Assert.DoesNotContain(ErrorCode.SigningKeys, await ReadyAsync(loser), StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Keys_made_ahead_are_used_by_every_node()
    {
        var prepared = Directory.CreateTempSubdirectory("km-api-test-");
        var settings = new Dictionary<string, string>(await MigratedAsync(prepared.FullName));
        var (status, output, errors) = await ApiProcess.RunAsync(prepared.FullName, settings, "keys", "init");
        Assert.True(status == 0, output + errors);
        var again = await ApiProcess.RunAsync(prepared.FullName, settings, "keys", "init");
        Assert.Contains("Found", again.Output, StringComparison.Ordinal);
        var elsewhere = Directory.CreateTempSubdirectory("km-api-test-");
        var lacking = await ApiProcess.RunAsync(elsewhere.FullName, settings, "keys", "init");
        Assert.Equal(1, lacking.Status);
        Assert.Contains($"[{ErrorCode.ApiConfiguration}]", lacking.Errors, StringComparison.Ordinal);

        (settings["KeyHashFile"], settings["IssuerKeyFolder"]) = (
            Path.Combine(prepared.FullName, "key-hash.secret"),
            Path.Combine(prepared.FullName, "issuer-keys")
        );
        var nodes = await Task.WhenAll(ApiProcess.StartAsync(settings: settings), ApiProcess.StartAsync(settings: settings));
        await using var first = nodes[0];
        await using var second = nodes[1];
        foreach (var node in nodes)
            Assert.Equal("ready", await ReadyAsync(node));
        prepared.Delete(recursive: true);
        elsewhere.Delete(recursive: true);
    }

    [Fact]
    public async Task Every_node_shows_what_all_of_them_recorded()
    {
        var prepared = Directory.CreateTempSubdirectory("km-api-test-");
        var settings = new Dictionary<string, string>(await MigratedAsync(prepared.FullName));
        await ApiProcess.RunAsync(prepared.FullName, settings, "keys", "init");
        (settings["KeyHashFile"], settings["IssuerKeyFolder"]) = (
            Path.Combine(prepared.FullName, "key-hash.secret"),
            Path.Combine(prepared.FullName, "issuer-keys")
        );
        await using var first = await ApiProcess.StartAsync(settings: settings);
        await using var second = await ApiProcess.StartAsync(settings: settings);
        using var here = first.Operator();
        using var there = second.Operator();
        var (id, _) = await here.CustomerAsync("Free");
        await there.PostAsync($"customers/{id}/suspend");
        AuditLines lines = null!;
        await Wait.UntilAsync(
            async () => (lines = await there.GetAsync<AuditLines>("audit?name=customer.*")).Lines.Count == 2,
            () => string.Join('\n', lines.Lines.Select(line => $"{line.Node} {line.Event}"))
        );
        Assert.Equal(["customer.created", "customer.suspended"], lines.Lines.Select(line => line.Event));
        Assert.Equal(2, lines.Lines.Select(line => line.Node).Distinct().Count());
        Assert.Single((await there.GetAsync<AuditLines>($"audit?name=customer.*&node={lines.Lines[0].Node}")).Lines);
        prepared.Delete(recursive: true);
    }

    private async Task<IReadOnlyDictionary<string, string>> MigratedAsync(string folder)
    {
        var settings = new Dictionary<string, string>
        {
            ["Database:Provider"] = "postgresql",
            ["Database:ConnectionString"] = await server.CreateDatabaseAsync(),
        };
        var (status, output, errors) = await ApiProcess.RunAsync(folder, settings, "migrate");
        Assert.True(status == 0, output + errors);
        return settings;
    }

    private static async Task<string> ReadyAsync(ApiProcess node)
    {
        using var client = node.Client();
        using var response = await client.GetAsync("/health/ready", Stop);
        return await response.Content.ReadAsStringAsync(Stop);
    }
}
