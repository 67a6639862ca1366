using System.Text;
using Kilometers.Api.Access;
using Kilometers.Api.Customers;
using Kilometers.Api.Plugins;
using Kilometers.Api.Storage;
using Kilometers.Api.Tests.Databases;
using Kilometers.Api.Tests.Running;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Archive;
using Kilometers.Packaging.Building;
using Kilometers.Packaging.Trust;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Tests.Plugins;

public sealed class PackageRetentionSqliteTests : PackageRetentionTests
{
    private protected override Task<ApiServices> StartAsync() => ApiServices.StartAsync();
}

public sealed class PackageRetentionPostgresTests(PostgresServer server) : PackageRetentionTests
{
    private protected override Task<ApiServices> StartAsync() => ApiServices.StartAsync(server);
}

public abstract class PackageRetentionTests
{
    private protected abstract Task<ApiServices> StartAsync();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Packages_of_a_release_with_a_successor_are_deleted_after_a_while_and_made_anew_where_the_successor_is_revoked()
    {
        await using var api = await StartAsync();
        var (caller, retention, provisioning) = (await CallerAsync(api), api.Get<PackageRetention>(), api.Get<Provisioning>());
        var first = await PublishAsync(api, "1.0.0", 1);
        var build = await provisioning.ProvisionAsync(caller, first, Stop);
        api.Time.Advance(TimeSpan.FromDays(30));
        await retention.RunAsync(Stop);
        Assert.True(await IsKeptAsync(api, build), "the newest release's package stays");

        var second = await PublishAsync(api, "1.1.0", 2);
        var newer = await provisioning.ProvisionAsync(caller, second, Stop);
        await retention.RunAsync(Stop);
        Assert.True(await IsKeptAsync(api, build), "a caller who was given the address just now can download it");

        api.Time.Advance(PackageRetention.Kept + TimeSpan.FromMinutes(1));
        await retention.RunAsync(Stop);
        Assert.False(await IsKeptAsync(api, build));
        Assert.True(await IsKeptAsync(api, newer));
        var record = Assert.Single((await api.Get<Builds>().ListAsync(caller.CustomerId, null, Stop)), each => each.Id == build.Id);
        Assert.Equal((null, build.Size, false), (record.Sha256, record.Size, record.IsCurrent));

        await api.Get<RevocationLists>()
            .PublishAsync(
                list =>
                    list with
                    {
                        Versions =
                        [
                            new RevokedVersions
                            {
                                Name = "kept",
                                From = "1.1.0",
                                To = "1.1.0",
                            },
                        ],
                    },
                "",
                Stop
            );
        var again = await provisioning.ProvisionAsync(
            caller,
            Assert.Single(await api.Get<Releases>().NewestAsync(Platform.Parse("linux-x64"), Stop)),
            Stop
        );
        Assert.Equal(first.Id, again.ReleaseId);
        api.Time.Advance(PackageRetention.Kept + TimeSpan.FromMinutes(1));
        await retention.RunAsync(Stop);
        Assert.True(await IsKeptAsync(api, again));
        Assert.False(await IsKeptAsync(api, newer));
    }

    [Fact]
    public async Task A_package_that_was_revoked_is_deleted()
    {
        await using var api = await StartAsync();
        var build = await api.Get<Provisioning>().ProvisionAsync(await CallerAsync(api), await PublishAsync(api, "1.0.0", 1), Stop);
        await api.Get<Builds>().RevokeAsync(build.Id, Stop);
        api.Time.Advance(PackageRetention.Kept + TimeSpan.FromMinutes(1));
        await api.Get<PackageRetention>().RunAsync(Stop);
        Assert.False(await IsKeptAsync(api, build));
    }

    private static async Task<Caller> CallerAsync(ApiServices api)
    {
        var register = api.Get<CustomerRegister>();
        var customer = await register.CreateAsync("A customer", Tier.Pro, null, Stop);
        var key = await register.CreateKeyAsync(customer.Id, "a key", null, Stop);
        return new Caller(customer.Id, Tier.Pro, new HashSet<string>(), key.Record.Id);
    }

    private static Task<ReleaseRow> PublishAsync(ApiServices api, string version, int sequence)
    {
        var manifest = Encoding.UTF8.GetBytes(
            $$"""
            {"name":"kept","version":"{{version}}","releaseSequence":{{sequence}},"description":"Of a test","author":"The tests","category":"logging","requiredTier":"Free","protocolVersions":[2],"minimumCliVersion":"1.0.0","entrypoint":"run"}
            """
        );
        var source = new PackageSource
        {
            Description = PackageJson.ReadDescription(manifest),
            Os = "linux",
            Arch = "x64",
            Files = [new PayloadFile("run", () => new MemoryStream("\u007fELF and so on"u8.ToArray()), IsExecutable: true)],
            Build = new BuildOrigin
            {
                Source = "",
                Commit = "",
                Time = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000),
            },
        };
        return api.Get<Releases>().PublishAsync(source, manifest, Stop);
    }

    private static async Task<bool> IsKeptAsync(ApiServices api, BuildRow build)
    {
        await using var database = await api.Get<IDbContextFactory<ApiDatabase>>().CreateDbContextAsync(Stop);
        var (row, parts) = (
            await database.Contents.AnyAsync(content => content.Digest == build.Digest, Stop),
            await database.ContentParts.AnyAsync(part => part.Digest == build.Digest, Stop)
        );
        Assert.Equal(row, parts);
        Assert.Equal(row, await database.Builds.AnyAsync(each => each.Id == build.Id && each.Digest == build.Digest, Stop));
        return row;
    }
}
