using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Kilometers.GoPlugin.Wire;
using Xunit;

namespace Kilometers.GoPlugin.Server.Tests;

public sealed class LifetimeTests
{
    [Fact]
    public async Task Shutdown_is_answered_and_the_process_ends_with_0_and_without_its_socket()
    {
        await using var plugin = await Raw.StartAsync();
        await plugin.Open().CallAsync<Empty, Empty>("plugin.GRPCController", "Shutdown", new());
        Assert.Equal(0, await plugin.ExitAsync(3));
        Assert.False(File.Exists(plugin.Fields[3]));
    }

    [Fact]
    public async Task A_stop_that_hangs_is_cut_at_the_deadline()
    {
        await using var plugin = await Raw.StartAsync(environment: ("RAWPLUGIN_SLOW_STOP", "60000"));
        await plugin.Open().CallAsync<Empty, Empty>("plugin.GRPCController", "Shutdown", new());
        Assert.Equal(0, await plugin.ExitAsync(6));
    }

    [Fact]
    public async Task A_connection_without_a_call_stays_open()
    {
        await using var plugin = await Raw.StartAsync();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(plugin.Fields[3]), TestContext.Current.CancellationToken);
        // HTTP/2's preface, empty settings, and the acknowledgement of the server's.
        await socket.SendAsync(
            (byte[])[.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0],
            TestContext.Current.CancellationToken
        );
        // Kestrel looks for connections that are idle once a second; a slow machine only waits longer.
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        var buffer = new byte[4096];
        var closed = false;
        try
        {
            while (!closed)
                closed = await socket.ReceiveAsync(buffer, enough.Token) == 0;
        }
        catch (OperationCanceledException)
        {
            // Nothing more came, and no end.
        }

        Assert.False(closed);
    }

    [Fact]
    public async Task SIGINT_is_the_hosts_and_SIGTERM_stops_in_order()
    {
        await using var plugin = await Raw.StartAsync();
        Kill(plugin.Process.Id, "INT");
        Assert.Equal("5", await plugin.Open().TextAsync("raw.Raw", "Version", ""));
        Kill(plugin.Process.Id, "TERM");
        Assert.Equal(0, await plugin.ExitAsync(5));
    }

    [Fact]
    public async Task The_plugin_can_stop_itself()
    {
        await using var plugin = await Raw.StartAsync();
        await plugin.Open().TextAsync("raw.Raw", "Stop", "");
        Assert.Equal(0, await plugin.ExitAsync(5));
    }

    [Fact]
    public async Task A_plugin_whose_host_is_killed_ends_by_itself()
    {
        var id = Path.GetTempFileName();
        // The shell is the host: it starts the plugin and is killed without a chance to end it.
        await using var host = await PluginProcess.StartAsync(
            "",
            new Dictionary<string, string> { ["RAW_PLUGIN"] = "raw" },
            shell: $"'{Raw.Executable}' & echo $! > '{id}'; wait"
        );
        Assert.StartsWith("1|", host.Handshake, StringComparison.Ordinal);
        using var plugin = Process.GetProcessById(
            int.Parse(await File.ReadAllTextAsync(id, TestContext.Current.CancellationToken), CultureInfo.InvariantCulture)
        );
        host.Process.Kill();
        await plugin
            .WaitForExitAsync(TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        File.Delete(id);
    }

    private static void Kill(int id, string signal)
    {
        using var kill = Process.Start("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -{signal} {id}")]);
        kill.WaitForExit();
    }
}
