using System.Net;
using Kilometers.Api.Tests.Databases;
using Kilometers.Api.Tests.Events;
using Kilometers.Api.Tests.Running;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Tests.Hosting;

/// <summary>Two nodes on one PostgreSQL.</summary>
public sealed class NodesTests(PostgresServer server)
{
    [Fact]
    public async Task Two_nodes_build_once_and_serve_each_others_packages()
    {
        var (one, two) = await StartTwoAsync();
        await using var first = one;
        await using var second = two;
        using var admin = first.Operator();
        await admin.PublishAsync("shared-plugin", "Pro");
        var (id, key) = await admin.CustomerAsync("Pro");
        using var here = new Customer(id, key, first.Client(key));
        using var there = new Customer(id, key, second.Client(key));
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => (i % 2 == 0 ? here : there).ProvisionAsync("shared-plugin")));
        Assert.Single(answers.Select(answer => answer[0].Id).Distinct());
        var builds = (await admin.GetAsync<BuildList>($"builds?customer={id}")).Builds;
        Assert.Single(builds);

        // An address made by either works on the other.
        foreach (var (customer, answer) in new[] { (here, answers[1]), (there, answers[0]) })
            Assert.Equal(answer[0].Size, (await customer.DownloadAsync(answer[0])).Length);
        Assert.Equal((await here.AuthenticateAsync(answers[0][0])).IssuerKey, (await there.AuthenticateAsync(answers[0][0])).IssuerKey);

        await admin.PostAsync($"keys/{here.KeyId}/revoke");
        using var refused = await there.TryAuthenticateAsync();
        await Customer.RefusedAsync(refused, HttpStatusCode.Unauthorized, ErrorCode.ApiKeyRefused);
    }

    [Fact]
    public async Task Lists_that_two_nodes_publish_at_once_follow_each_other_and_lose_nothing()
    {
        var (one, two) = await StartTwoAsync();
        await using var first = one;
        await using var second = two;
        using var here = first.Operator();
        using var there = second.Operator();
        var lists = await Task.WhenAll(
            Enumerable
                .Range(0, 6)
                .Select(i => (i % 2 == 0 ? here : there).PostAsync<RevocationRecord>("revocations", $$"""{"builds":["bld_{{i}}"]}"""))
        );
        Assert.Equal([1, 2, 3, 4, 5, 6], lists.Select(list => list.Number).Order());
        Assert.Equal(6, (await here.GetAsync<RevocationRecord>("revocations")).Builds.Count);
    }

    [Fact]
    public async Task A_build_of_a_node_that_was_killed_is_done_by_another()
    {
        // The first node is in the middle of a build as soon as it signs, which takes it for ever.
        var folder = Directory.CreateTempSubdirectory("km-api-test-");
        var (command, signing) = (Path.Combine(folder.FullName, "sign"), Path.Combine(folder.FullName, "signing"));
        await File.WriteAllTextAsync(command, $"touch '{signing}'\nexec sleep 20\n", TestContext.Current.CancellationToken);
        var (one, two) = await StartTwoAsync(("SigningCommand", $"sh '{command}'"));
        await using var first = one;
        await using var second = two;
        using var admin = second.Operator();
        await admin.PublishAsync("orphaned", "Free");
        var (id, key) = await admin.CustomerAsync("Free");
        using var here = new Customer(id, key, first.Client(key));
        using var there = new Customer(id, key, second.Client(key));
        var begun = here.ProvisionAsync("orphaned");
        await Wait.UntilAsync(() => File.Exists(signing), () => string.Join('\n', first.Lines));
        await first.KillAsync();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => begun);
        var left = Assert.Single((await admin.GetAsync<BuildList>($"builds?customer={id}")).Builds);
        Assert.Equal((true, null), (left.IsCurrent, left.Sha256));

        // Who asks the other node waits until the first one's time is over, and gets the other's build.
        var package = Assert.Single(await there.ProvisionAsync("orphaned"));
        Assert.NotEqual(left.Id, package.Id);
        Assert.Equal(package.Size, (await there.DownloadAsync(package)).Length);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_node_without_the_issuers_key_is_not_ready()
    {
        var database = await DatabaseAsync();
        await using var first = await ApiProcess.StartAsync(await MigratedAsync(database), database);
        await using var second = await ApiProcess.StartAsync(
            settings: new Dictionary<string, string>(database) { ["KeyHashFile"] = Path.Combine(first.Data, "key-hash.secret") }
        );
        using var client = second.Client();
        using var response = await client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(ErrorCode.SigningKeys, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task While_the_database_is_away_requests_are_told_to_come_back()
    {
        await using var own = new PostgresServer();
        var database = new Dictionary<string, string>
        {
            ["Database:Provider"] = "postgresql",
            ["Database:ConnectionString"] = await own.CreateDatabaseAsync(),
            ["KeyCacheSeconds"] = "0",
        };
        await using var api = await ApiProcess.StartAsync(await MigratedAsync(database), database);
        using var admin = api.Operator();
        var (id, key) = await admin.CustomerAsync("Pro");
        using var customer = new Customer(id, key, api.Client(key));
        await own.CrashAsync();
        using var away = await customer.TryAuthenticateAsync();
        await Customer.RefusedAsync(away, HttpStatusCode.ServiceUnavailable, ErrorCode.ApiBusy);
        Assert.NotNull(away.Headers.RetryAfter);
        using var ready = await customer.Client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        Assert.Equal("database", await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        using var live = await customer.Client.GetAsync("/health/live", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        await own.StartAsync();
        await customer.AuthenticateAsync();
    }

    [Fact]
    public async Task A_database_that_nobody_migrated_is_refused()
    {
        var folder = Directory.CreateTempSubdirectory("km-api-test-").FullName;
        var (status, _, errors) = await ApiProcess.RunAsync(folder, await DatabaseAsync(), "serve", "--urls", "http://127.0.0.1:0");
        Assert.Equal(1, status);
        Assert.Contains("km-api migrate", errors, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    /// <param name="ofTheFirst">Settings that only the first node has.</param>
    private async Task<(ApiProcess One, ApiProcess Two)> StartTwoAsync(params (string Name, string Value)[] ofTheFirst)
    {
        var database = new Dictionary<string, string>(await DatabaseAsync()) { ["KeyCacheSeconds"] = "0", ["Limits:BuildSeconds"] = "5" };
        var own = new Dictionary<string, string>(database);
        foreach (var (name, value) in ofTheFirst)
            own[name] = value;
        var one = await ApiProcess.StartAsync(await MigratedAsync(database), own);
        return (
            one,
            await ApiProcess.StartAsync(
                settings: new Dictionary<string, string>(database)
                {
                    ["KeyHashFile"] = Path.Combine(one.Data, "key-hash.secret"),
                    ["IssuerKeyFolder"] = Path.Combine(one.Data, "issuer-keys"),
                }
            )
        );
    }

    private async Task<IReadOnlyDictionary<string, string>> DatabaseAsync() =>
        new Dictionary<string, string>
        {
            ["Database:Provider"] = "postgresql",
            ["Database:ConnectionString"] = await server.CreateDatabaseAsync(),
        };

    private static async Task<string> MigratedAsync(IReadOnlyDictionary<string, string> database)
    {
        var folder = Directory.CreateTempSubdirectory("km-api-test-").FullName;
        var (status, output, errors) = await ApiProcess.RunAsync(folder, database, "migrate");
        Assert.True(status == 0, output + errors);
        return folder;
    }
}
