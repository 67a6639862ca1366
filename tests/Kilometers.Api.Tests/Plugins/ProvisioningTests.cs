using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Kilometers.Api.Tests.Running;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.Packaging.Trust;
using Kilometers.Packaging.Verification;

namespace Kilometers.Api.Tests.Plugins;

public sealed class ProvisioningSqliteTests(SqliteApi api) : ProvisioningTests(api), IClassFixture<SqliteApi>;

public sealed class ProvisioningPostgresTests(PostgresApi api) : ProvisioningTests(api), IClassFixture<PostgresApi>;

/// <summary>From a published release to a package on the customer's disk.</summary>
public abstract class ProvisioningTests(ApiFixture fixture)
{
    private static int LastPlugin;

    [Fact]
    public async Task A_provisioned_package_is_the_customers_and_nobody_elses()
    {
        var name = await PublishAsync("Pro");
        using var customer = await fixture.CustomerAsync("Pro");
        var package = Assert.Single(await customer.ProvisionAsync(name));
        var bytes = await customer.DownloadAsync(package);
        Assert.Equal(package.Size, bytes.Length);
        Assert.Equal(package.Sha256, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        Assert.StartsWith($"km-plugin-{name}-", package.FileName, StringComparison.Ordinal);

        var verified = Verify(bytes, customer.Id);
        Assert.True(verified.IsVerified, verified.Error?.Detail);
        Assert.Equal(customer.Id, verified.Manifest.Customer!.Id);
        Assert.Equal(package.Id, verified.Manifest.Customer.BuildId);
        Assert.Equal(customer.KeyId, verified.Manifest.Customer.KeyId);
        Assert.Equal("https://git.example/plugin", verified.Manifest.Build.Source);
        Assert.Equal(ErrorCode.OtherCustomer, Verify(bytes, "cus_another").Error?.Code);
    }

    [Fact]
    public async Task Asking_again_gives_the_same_build_and_another_key_another_one()
    {
        var name = await PublishAsync("Free");
        using var customer = await fixture.CustomerAsync("Free");
        using var other = await fixture.AnotherKeyAsync(customer);
        var (first, again, others) = (
            await customer.ProvisionAsync(name),
            await customer.ProvisionAsync(name),
            await other.ProvisionAsync(name)
        );
        Assert.Equal(first[0].Id, again[0].Id);
        Assert.NotEqual(first[0].Id, others[0].Id);
        Assert.NotEqual(first[0].Sha256, others[0].Sha256);
    }

    [Fact]
    public async Task Parallel_calls_build_once()
    {
        var name = await PublishAsync("Pro");
        using var customer = await fixture.CustomerAsync("Pro");
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => customer.ProvisionAsync(name)));
        Assert.Single(answers.Select(answer => answer[0].Id).Distinct());
        var made = await fixture.AuditAsync("build.made");
        Assert.Single(made, line => line.Plugin == name);
    }

    [Fact]
    public async Task All_gives_what_the_tier_covers_and_a_name_above_it_is_refused()
    {
        var (free, pro) = (await PublishAsync("Free"), await PublishAsync("Enterprise"));
        using var customer = await fixture.CustomerAsync("Pro");
        var all = (await customer.ProvisionAsync("all")).Select(package => package.Name).ToList();
        Assert.Contains(free, all);
        Assert.DoesNotContain(pro, all);
        using var refused = await customer.PostAsync("/api/plugins/provision", $$"""{"platform":"linux-x64","plugins":["{{pro}}"]}""");
        var problem = await Customer.RefusedAsync(refused, HttpStatusCode.Forbidden, ErrorCode.TierTooLow);
        Assert.Contains("requires Enterprise", problem.Title, StringComparison.Ordinal);
        Assert.Single(await fixture.AuditAsync("provision.denied"), line => line.Plugin == pro);

        using var response = await customer.Client.GetAsync(
            "/api/plugins/available?platform=linux-x64",
            TestContext.Current.CancellationToken
        );
        var available = await Operator.ReadAsync<AvailablePlugins>(response);
        Assert.True(available.Plugins.Single(plugin => plugin.Name == free).Included);
        Assert.False(available.Plugins.Single(plugin => plugin.Name == pro).Included);
    }

    [Fact]
    public async Task Only_the_newest_release_is_offered()
    {
        var name = await PublishAsync("Free");
        using (var admin = (await fixture.StartAsync()).Operator())
        {
            await admin.PublishAsync(name, "Free", "1.1.0", 2);
            using var older = await admin.TryPublishAsync(name, "Free", "1.2.0", 1);
            await Customer.RefusedAsync(older, HttpStatusCode.Conflict, ErrorCode.ApiConflict);
            using var traversal = await admin.TryPublishAsync(name, "Free", "1.3.0", 3, "../run");
            await Customer.RefusedAsync(traversal, HttpStatusCode.BadRequest, ErrorCode.ApiRequestInvalid);
            using var noEntry = await admin.TryPublishAsync(name, "Free", "1.3.0", 3, "another");
            await Customer.RefusedAsync(noEntry, HttpStatusCode.BadRequest, ErrorCode.PackageSource);
        }

        using var customer = await fixture.CustomerAsync("Free");
        Assert.Equal("1.1.0", (await customer.ProvisionAsync(name))[0].Version);
    }

    [Fact]
    public async Task A_download_is_resumed_by_ranges_and_not_repeated_when_known()
    {
        var name = await PublishAsync("Free");
        using var customer = await fixture.CustomerAsync("Free");
        var package = (await customer.ProvisionAsync(name))[0];
        var whole = await customer.DownloadAsync(package);
        var etag = new EntityTagHeaderValue($"\"{package.Sha256}\"");

        using var rest = new HttpRequestMessage(HttpMethod.Get, package.DownloadUrl)
        {
            Headers = { Range = new RangeHeaderValue(1000, null), IfRange = new RangeConditionHeaderValue(etag) },
        };
        using var part = await customer.Client.SendAsync(rest, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(whole[1000..], await part.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));

        using var changed = new HttpRequestMessage(HttpMethod.Get, package.DownloadUrl)
        {
            Headers = { Range = new RangeHeaderValue(1000, null), IfRange = new RangeConditionHeaderValue("\"another\"") },
        };
        using var all = await customer.Client.SendAsync(changed, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, all.StatusCode);

        using var known = new HttpRequestMessage(HttpMethod.Get, package.DownloadUrl) { Headers = { IfNoneMatch = { etag } } };
        using var unchanged = await customer.Client.SendAsync(known, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);

        using var beyond = new HttpRequestMessage(HttpMethod.Get, package.DownloadUrl)
        {
            Headers = { Range = new RangeHeaderValue(package.Size + 10, null) },
        };
        using var none = await customer.Client.SendAsync(beyond, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, none.StatusCode);
    }

    [Fact]
    public async Task Another_customers_build_is_not_there_whatever_is_tried()
    {
        var name = await PublishAsync("Pro");
        using var customer = await fixture.CustomerAsync("Pro");
        using var thief = await fixture.CustomerAsync("Pro");
        var (stolen, own) = ((await customer.ProvisionAsync(name))[0], (await thief.ProvisionAsync(name))[0]);

        // The address as it is, without its signature, and with that of an own build.
        foreach (
            var address in new[]
            {
                stolen.DownloadUrl,
                stolen.DownloadUrl.Split('?')[0],
                own.DownloadUrl.Replace(own.Id, stolen.Id, StringComparison.Ordinal),
            }
        )
        {
            using var response = await thief.Client.GetAsync(address, TestContext.Current.CancellationToken);
            await Customer.RefusedAsync(response, HttpStatusCode.NotFound, ErrorCode.ApiNotFound);
        }

        Assert.Contains(await fixture.AuditAsync("download.denied"), line =>
            line.Code == ErrorCode.OtherCustomer
            && line.Detail!.Contains(stolen.Id, StringComparison.Ordinal)
            && line.Detail.Contains(thief.Id, StringComparison.Ordinal)
        );
        var answer = await thief.AuthenticateAsync(stolen);
        Assert.False(answer.Plugins[0].Allowed);
        Assert.Equal(ErrorCode.EntitlementDenied, answer.Plugins[0].Code);

        // The address alone, without a key.
        using var nobody = (await fixture.StartAsync()).Client();
        using var anonymous = await nobody.GetAsync(stolen.DownloadUrl, TestContext.Current.CancellationToken);
        await Customer.RefusedAsync(anonymous, HttpStatusCode.Unauthorized, ErrorCode.ApiKeyRefused);
    }

    [Fact]
    public async Task A_changed_address_does_not_work()
    {
        var name = await PublishAsync("Free");
        using var customer = await fixture.CustomerAsync("Free");
        var package = (await customer.ProvisionAsync(name))[0];
        var expires = package.ExpiresAt.ToUnixTimeSeconds();
        foreach (
            var address in new[]
            {
                package.DownloadUrl.Replace($"expires={expires}", $"expires={expires + 60}", StringComparison.Ordinal),
                package.DownloadUrl.Replace($"expires={expires}", "expires=1", StringComparison.Ordinal),
                package.DownloadUrl[..^4] + "AAAA",
                package.DownloadUrl + "AAAAAAAA",
                package.DownloadUrl.Replace("signature=", "signature=%00", StringComparison.Ordinal),
            }
        )
        {
            using var response = await customer.Client.GetAsync(address, TestContext.Current.CancellationToken);
            await Customer.RefusedAsync(response, HttpStatusCode.NotFound, ErrorCode.ApiNotFound);
        }
    }

    [Fact]
    public async Task A_revoked_build_is_gone_and_the_next_is_a_new_one()
    {
        var name = await PublishAsync("Pro");
        using var customer = await fixture.CustomerAsync("Pro");
        var package = (await customer.ProvisionAsync(name))[0];
        using (var admin = (await fixture.StartAsync()).Operator())
            await admin.PostAsync($"builds/{package.Id}/revoke");
        using var download = await customer.Client.GetAsync(package.DownloadUrl, TestContext.Current.CancellationToken);
        await Customer.RefusedAsync(download, HttpStatusCode.NotFound, ErrorCode.ApiNotFound);
        Assert.Equal(ErrorCode.Revoked, (await customer.AuthenticateAsync(package)).Plugins[0].Code);

        // Hosts that are offline learn it from the signed list.
        using var file = await customer.Client.GetAsync("/api/plugins/revocations", TestContext.Current.CancellationToken);
        var list = RevocationList.Read(
            await file.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken),
            [Root()],
            TimeProvider.System.GetUtcNow()
        );
        Assert.Contains(package.Id, list.Builds);
        var next = (await customer.ProvisionAsync(name))[0];
        Assert.NotEqual(package.Id, next.Id);
        Assert.True((await customer.AuthenticateAsync(next)).Plugins[0].Allowed);
    }

    /// <summary>The leaf's key may be where only a command reaches it; here OpenSSL has it, and the folder has none.</summary>
    [Fact]
    public async Task A_command_signs_packages_where_the_key_is_not_in_the_folder()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/openssl"), "openssl is not installed");
        var folder = Directory.CreateTempSubdirectory("km-api-keys-").FullName;
        foreach (var file in Directory.EnumerateFiles(ApiProcess.SigningKeys, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder, Path.GetRelativePath(ApiProcess.SigningKeys, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        var leaf = Directory.GetDirectories(folder, "leaf-*").Single();
        var key = Path.Combine(folder, "away.pem");
        File.Move(Path.Combine(leaf, "key.pem"), key);
        await using var api = await ApiProcess.StartAsync(
            settings: new Dictionary<string, string>
            {
                ["SigningKeyFolder"] = folder,
                ["SigningCommand"] =
                    $"openssl pkeyutl -sign -inkey '{key}' -pkeyopt digest:sha256 -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:32",
            }
        );
        using var admin = api.Operator();
        await admin.PublishAsync("signed-elsewhere", "Free", "1.0.0", 1);
        var (id, text) = await admin.CustomerAsync("Free");
        using var customer = new Customer(id, text, api.Client(text));
        var verified = Verify(await customer.DownloadAsync(Assert.Single(await customer.ProvisionAsync("signed-elsewhere"))), id);
        Assert.True(verified.IsVerified, verified.Error?.Detail);

        // The key service is away: nothing is built, the answer says what it is about and not where the key is; later it works.
        File.Move(key, key + ".gone");
        var (another, anothers) = await admin.CustomerAsync("Free");
        using var waiting = new Customer(another, anothers, api.Client(anothers));
        using var refused = await waiting.PostAsync(
            "/api/plugins/provision",
            """{"platform":"linux-x64","plugins":["signed-elsewhere"]}"""
        );
        var problem = await Customer.RefusedAsync(refused, HttpStatusCode.ServiceUnavailable, ErrorCode.ExternalSigner);
        Assert.DoesNotContain("away.pem", problem.Detail + problem.Title, StringComparison.Ordinal);
        File.Move(key + ".gone", key);
        Assert.Single(await waiting.ProvisionAsync("signed-elsewhere"));
        Directory.Delete(folder, recursive: true);
    }

    private static TrustRoot Root() =>
        TrustRoot.Read(File.ReadAllText(Path.Combine(ApiProcess.SigningKeys, "root", "cert.pem")), "the test");

    internal static PackageVerification Verify(byte[] package, string customerId)
    {
        var folder = Directory.CreateTempSubdirectory("km-api-test-");
        try
        {
            var policy = new VerificationPolicy
            {
                Roots = [Root()],
                Now = TimeProvider.System.GetUtcNow(),
                Host = new HostFacts
                {
                    CliVersion = "1.0.0",
                    Os = "linux",
                    Arch = "x64",
                    ProtocolVersions = [1, 2],
                    Tier = Tier.Pro,
                    CustomerId = customerId,
                },
            };
            return new PackageVerifier(policy).Verify(
                new MemoryStream(package),
                new MemoryStream(),
                folder.FullName,
                null,
                TestContext.Current.CancellationToken
            );
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<string> PublishAsync(string tier)
    {
        var name = $"plugin-{Interlocked.Increment(ref LastPlugin)}-{fixture.GetType().Name.ToLowerInvariant()}";
        using var admin = (await fixture.StartAsync()).Operator();
        await admin.PublishAsync(name, tier);
        return name;
    }
}
