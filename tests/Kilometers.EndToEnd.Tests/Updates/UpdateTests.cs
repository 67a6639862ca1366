using System.Text.Json;
using Kilometers.EndToEnd.Tests.Accounts;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Updates;

/// <summary><c>km update</c> with the real km and the real API, nobody signed in.</summary>
public sealed class UpdateTests(ApiServer api) : IClassFixture<ApiServer>, IDisposable
{
    private readonly InstalledKm _km = new();

    public void Dispose() => _km.Dispose();

    [Fact]
    public async Task The_operator_publishes_a_km_and_everybody_gets_it_and_can_go_back()
    {
        await PublishAsync(_km.Release("0.9.9", 1));
        await PublishAsync(_km.Release("1.0.1", 2));
        var check = JsonElement.Parse(await DoAsync("update", "--check", "--json"));
        Assert.Equal(
            ("available", "1.0.0", "1.0.1"),
            (check.GetProperty("outcome").GetString(), check.GetProperty("asked").GetString(), check.GetProperty("version").GetString())
        );
        Assert.True(_km.IsOriginal);

        var update = JsonElement.Parse(await DoAsync("update", "--json"));
        Assert.Equal(("updated", "1.0.1"), (update.GetProperty("outcome").GetString(), update.GetProperty("version").GetString()));
        Assert.Equal("km 1.0.1", await _km.AskVersionAsync());
        Assert.Equal(_km.Program("1.0.1"), await File.ReadAllBytesAsync(_km.Path, TestContext.Current.CancellationToken));
        Assert.True(File.Exists(_km.Path + ".previous"));
        Assert.Empty(_km.Leftovers);
        Assert.Equal("current", JsonElement.Parse(await DoAsync("update", "--json")).GetProperty("outcome").GetString());

        Assert.Contains("km 1.0.0 is restored", await DoAsync("update", "--rollback"), StringComparison.Ordinal);
        Assert.True(_km.IsOriginal);
        Assert.Contains("km 1.0.1 is restored", await DoAsync("update", "--rollback"), StringComparison.Ordinal);

        var older = await _km.RunAsync(api.Endpoint, "update", "--version", "0.9.9");
        Assert.Equal(1, older.Status);
        Assert.Contains("[KM_UPD_005]", older.Errors, StringComparison.Ordinal);
        Assert.Equal("km 1.0.1", await _km.AskVersionAsync());
        await DoAsync("update", "--version", "0.9.9", "--allow-downgrade");
        Assert.Equal("km 0.9.9", await _km.AskVersionAsync());
        var missing = await _km.RunAsync(api.Endpoint, "update", "--version", "7.7.7");
        Assert.Contains("[KM_UPD_004]", missing.Errors, StringComparison.Ordinal);
        await DoAsync("update");
        Assert.Equal("km 1.0.1", await _km.AskVersionAsync());

        Assert.Equal(
            ["cli.update 1.0.1", "cli.rollback 1.0.0", "cli.rollback 1.0.1", "cli.update 0.9.9", "cli.update 1.0.1"],
            _km.Home.Audit.Where(record => record.GetProperty("event").GetString()!.StartsWith("cli.", StringComparison.Ordinal))
                .Select(record => $"{record.GetProperty("event")} {record.GetProperty("version")}")
        );
        Assert.Equal(0, (await _km.RunAsync(api.Endpoint, "audit", "verify")).Status);

        // Revoked, it is offered to nobody any more.
        await api.PostAsync(
            "api/admin/revocations",
            new
            {
                versions = new[]
                {
                    new
                    {
                        name = "km",
                        from = "1.0.1",
                        to = "1.0.1",
                    },
                },
            }
        );
        using var http = new HttpClient();
        var left = JsonElement
            .Parse(
                await http.GetStringAsync(
                    new Uri($"{api.Endpoint}/api/km/releases?platform={ApiServer.Platform}"),
                    TestContext.Current.CancellationToken
                )
            )
            .GetProperty("releases");
        Assert.Equal("0.9.9", Assert.Single(left.EnumerateArray()).GetProperty("version").GetString());
    }

    [Fact]
    public async Task The_api_keeps_nothing_that_is_no_signed_release_of_km()
    {
        var plugin = await TryPublishAsync(Packaging.Tests.Forging.PackageForge.Build());
        Assert.Equal(1, plugin.Status);
        Assert.Contains("[PLG_SIG_006]", plugin.Errors, StringComparison.Ordinal);
        var release = _km.Release("8.0.0", 8);
        release[^3000] ^= 1;
        Assert.Contains("[PLG_PKG_004]", (await TryPublishAsync(release)).Errors, StringComparison.Ordinal);
        Assert.Contains(
            "[PLG_MAN_002]",
            (await TryPublishAsync(_km.Release("8.0.0", 8, change: forge => forge.Files.Add(new("more", [1], false))))).Errors,
            StringComparison.Ordinal
        );
    }

    private async Task<string> DoAsync(params string[] arguments)
    {
        var (status, output, errors) = await _km.RunAsync(api.Endpoint, arguments);
        Assert.True(status == 0, errors);
        return output;
    }

    private async Task PublishAsync(byte[] package)
    {
        var (status, errors) = await TryPublishAsync(package);
        Assert.True(status == 0, errors);
    }

    private async Task<(int Status, string Errors)> TryPublishAsync(byte[] package)
    {
        var file = _km.Home.File("release.kmpkg");
        await File.WriteAllBytesAsync(file, package, TestContext.Current.CancellationToken);
        await using var admin = KmProcess.Start(Programs.KmApi, ["admin", "km", "publish", file], api.OperatorEnvironment, _km.Home.Path);
        return (await admin.FinishAsync(), admin.Errors);
    }
}
