using System.Net;
using Kilometers.Api.Tests.Events;
using Kilometers.Api.Tests.Running;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Microsoft.Data.Sqlite;

namespace Kilometers.Api.Tests.Plugins;

/// <summary>What the database holds of a release, changed below a server: written by an older one, or damaged.</summary>
public sealed class StoredContentTests
{
    [Fact]
    public async Task A_release_that_an_older_server_stored_is_provisioned_too()
    {
        await using var api = await ApiProcess.StartAsync();
        using var customer = await PublishedAsync(api);
        Assert.Equal(2, Execute(api, "UPDATE release_files SET packed_digest = NULL"));
        var package = (await customer.ProvisionAsync("stored"))[0];
        Assert.True(ProvisioningTests.Verify(await customer.DownloadAsync(package), customer.Id).IsVerified);
    }

    [Theory]
    [InlineData("digest")]
    [InlineData("packed_digest")]
    public async Task Damaged_bytes_are_never_signed(string column)
    {
        await using var api = await ApiProcess.StartAsync();
        using var customer = await PublishedAsync(api);
        Assert.Equal(
            1,
            Execute(
                api,
                $"UPDATE content_parts SET bytes = substr(bytes, 1, length(bytes) - 1) || x'ff' WHERE part = 0 AND digest = (SELECT {column} FROM release_files WHERE path = 'run')"
            )
        );
        using (var refused = await customer.PostAsync("/api/plugins/provision", """{"platform":"linux-x64","plugins":["stored"]}"""))
            await Customer.RefusedAsync(refused, HttpStatusCode.InternalServerError, ErrorCode.ApiInternal);
        await Wait.UntilAsync(
            () => api.Lines.Any(line => line.Contains("bytes of run are damaged", StringComparison.Ordinal)),
            () => string.Join('\n', api.Lines)
        );
        using var admin = api.Operator();
        Assert.All((await admin.GetAsync<BuildList>("builds")).Builds, build =>
            Assert.Equal((false, null), (build.IsCurrent, build.Sha256))
        );
    }

    private static async Task<Customer> PublishedAsync(ApiProcess api)
    {
        using var admin = api.Operator();
        await admin.PublishAsync("stored", "Free");
        var (id, key) = await admin.CustomerAsync("Free");
        return new Customer(id, key, api.Client(key));
    }

    private static int Execute(ApiProcess api, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(api.Data, "km-api.db")};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Texts of these tests.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteNonQuery();
    }
}
