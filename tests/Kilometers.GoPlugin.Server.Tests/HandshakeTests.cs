using Google.Protobuf.WellKnownTypes;
using Kilometers.GoPlugin.Wire.Health;
using Xunit;

namespace Kilometers.GoPlugin.Server.Tests;

public sealed class HandshakeTests
{
    [Fact]
    public async Task The_handshake_without_TLS_has_an_empty_certificate_and_no_seventh_field()
    {
        await using var plugin = await Raw.StartAsync();
        Assert.Matches($"^1\\|5\\|unix\\|{plugin.Directory}/[^|]+\\|grpc\\|$", plugin.Handshake);
    }

    [Fact]
    public async Task A_host_that_asks_for_multiplexing_is_told_no()
    {
        await using var plugin = await Raw.StartAsync(environment: ("PLUGIN_MULTIPLEX_GRPC", "true"));
        Assert.Equal(["grpc", "", "false"], plugin.Fields[4..]);
    }

    [Theory]
    [InlineData("3,5", "5")]
    [InlineData("5,3", "5")]
    [InlineData("1,3,4", "3")]
    [InlineData("9", "3")]
    [InlineData("", "3")]
    [InlineData("x, 5", "5")]
    public async Task The_newest_shared_version_is_chosen_else_the_lowest_own(string listed, string chosen)
    {
        await using var plugin = await Raw.StartAsync(environment: ("PLUGIN_PROTOCOL_VERSIONS", listed));
        Assert.Equal(chosen, plugin.Fields[1]);
        Assert.Equal(chosen, await plugin.Open().TextAsync("raw.Raw", "Version", ""));
    }

    [Theory]
    [InlineData("")]
    [InlineData("other")]
    public async Task Without_the_cookie_the_plugin_explains_itself_on_stderr_and_exits_with_1(string cookie)
    {
        await using var plugin = await Raw.StartAsync(environment: ("RAW_PLUGIN", cookie));
        Assert.Null(plugin.Handshake);
        Assert.Equal(1, await plugin.ExitAsync());
        Assert.Contains("This program is a plugin", await plugin.ErrorContainsAsync("plugin"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TMPDIR_holds_the_socket_when_the_host_names_no_socket_folder()
    {
        var folder = Directory.CreateTempSubdirectory("kpt").FullName;
        await using var plugin = await Raw.StartAsync(environment: [("PLUGIN_UNIX_SOCKET_DIR", ""), ("TMPDIR", folder)]);
        Assert.StartsWith(folder + "/", plugin.Fields[3], StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(plugin.Fields[3]));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_socket_folder_with_too_long_a_name_is_explained()
    {
        await using var plugin = await Raw.StartAsync(environment: ("PLUGIN_UNIX_SOCKET_DIR", "/tmp/" + new string('x', 120)));
        Assert.Equal(1, await plugin.ExitAsync());
        Assert.Contains("shorter PLUGIN_UNIX_SOCKET_DIR", await plugin.ErrorContainsAsync("shorter"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_of_plugin_is_serving_and_of_others_not_found()
    {
        await using var plugin = await Raw.StartAsync();
        var channel = plugin.Open();
        var health = await channel.CallAsync<HealthCheckRequest, HealthCheckResponse>(
            "grpc.health.v1.Health",
            "Check",
            new() { Service = "plugin" }
        );
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, health.Status);
        var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() =>
            channel.CallAsync<HealthCheckRequest, HealthCheckResponse>("grpc.health.v1.Health", "Check", new() { Service = "other" })
        );
        Assert.Equal(Grpc.Core.StatusCode.NotFound, error.StatusCode);
        await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => channel.CallAsync<Empty, Empty>("raw.Raw", "Unknown", new()));
    }
}
