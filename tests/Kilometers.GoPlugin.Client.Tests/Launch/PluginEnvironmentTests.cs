namespace Kilometers.GoPlugin.Client.Tests.Launch;

public sealed class PluginEnvironmentTests : IDisposable
{
    private readonly PluginBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_plugin_gets_the_callers_environment_and_what_go_plugin_adds_and_nothing_else(bool autoMtls)
    {
        _bench.Environment["plugin_x"] = "inherited";
        _bench.Environment["KEPT"] = "yes";
        var file = Path.Combine(_bench.RunDirectory, "environment");
        var options = _bench.Script($"exec /usr/bin/env -0 >'{file}'") with { AutoMtls = autoMtls, WithoutSystemTrust = autoMtls };
        await Assert.ThrowsAsync<GoPluginException>(() => GoPluginClient.StartAsync(options, TestContext.Current.CancellationToken));

        var seen = (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken))
            .Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('=', 2))
            .ToDictionary(p => p[0], p => p[1]);
        string[] expected =
        [
            "KEPT",
            "KILOMETERS_PLUGIN",
            "PATH",
            "PLUGIN_MAX_PORT",
            "PLUGIN_MIN_PORT",
            "PLUGIN_PROTOCOL_VERSIONS",
            "PLUGIN_UNIX_SOCKET_DIR",
            "TMPDIR",
            .. autoMtls ? ["PLUGIN_CLIENT_CERT", "SSL_CERT_DIR", "SSL_CERT_FILE"] : Array.Empty<string>(),
        ];

        // The shell adds PWD by itself.
        Assert.Equal(
            expected.Order(StringComparer.Ordinal),
            seen.Keys.Where(k => k is not ("PWD" or "SHLVL" or "_" or "OLDPWD")).Order(StringComparer.Ordinal)
        );
        Assert.Equal("kilometers_monitoring_plugin", seen["KILOMETERS_PLUGIN"]);
        Assert.Equal("1,2", seen["PLUGIN_PROTOCOL_VERSIONS"]);
        Assert.Equal(_bench.RunDirectory, seen["TMPDIR"]);
        if (autoMtls)
            Assert.StartsWith("-----BEGIN CERTIFICATE-----", seen["PLUGIN_CLIENT_CERT"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugins_standard_input_is_at_its_end()
    {
        var error = await Assert.ThrowsAsync<GoPluginException>(() =>
            GoPluginClient.StartAsync(_bench.Script("cat >&2; echo end >&2"), TestContext.Current.CancellationToken)
        );
        Assert.Equal(["end"], error.LastErrorLines);
    }
}
