using System.Net.Sockets;
using Kilometers.EndToEnd.Tests.Network;
using Kilometers.EndToEnd.Tests.Running;
using Kilometers.Packaging.Tests.Forging;

namespace Kilometers.EndToEnd.Tests.Promises;

/// <summary>A plugin's handshake leads km nowhere: nothing that is not the plugin's own socket hears a byte of km.</summary>
public sealed class HandshakeTests : IDisposable
{
    private static readonly string Certificate = Convert.ToBase64String(TestAuthority.Trusted.RootCertificate.RawData).TrimEnd('=');
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData("tcp|127.0.0.1:$PORT")]
    [InlineData("tcp|localhost:$PORT")]
    [InlineData("tcp|0.0.0.0:$PORT")]
    [InlineData("tcp|[::ffff:127.0.0.1]:$PORT")]
    [InlineData("tcp4|127.0.0.1:$PORT")]
    [InlineData("TCP|127.0.0.1:$PORT")]
    public async Task An_address_of_this_machine_is_not_connected_to(string address)
    {
        await using var server = WebServer.BlackHole();
        await RefusedAsync("", address.Replace("$PORT", $"{server.Port}", StringComparison.Ordinal));
        Assert.Equal(0, server.Accepted);
    }

    [Theory]
    [InlineData("", "unix|$FOREIGN")]
    [InlineData("", "unix|$OWN/../../../../../../../../../$FOREIGN")]
    [InlineData("ln -s \"$FOREIGN\" \"$OWN/link\"", "unix|$OWN/link")]
    [InlineData("ln -s \"$FOREIGN\" \"$OWN/one\"; ln -s one \"$OWN/two\"", "unix|$OWN/two")]
    [InlineData("ln -s \"${FOREIGN%/*}\" \"$OWN/folder\"", "unix|$OWN/folder/${FOREIGN##*/}")]
    [InlineData("cd \"${FOREIGN%/*}\"", "unix|${FOREIGN##*/}")]
    [InlineData("", "unixpacket|$FOREIGN")]
    [InlineData("", "unix|$OWN//../$FOREIGN")]
    public async Task A_socket_of_somebody_else_is_not_connected_to(string preparation, string address)
    {
        var foreign = _workspace.File("foreign.sock");
        using var listener = Listen(foreign);
        await RefusedAsync(preparation, address);
        Assert.False(listener.Poll(0, SelectMode.SelectRead), "km connected to the foreign socket");
    }

    [Fact]
    public async Task An_abstract_name_is_not_connected_to()
    {
        var name = $"km-test-{Guid.NewGuid():N}";
        using var listener = Listen("\0" + name);
        await RefusedAsync("", $"unix|@{name}");
        Assert.False(listener.Poll(0, SelectMode.SelectRead), "km connected to the abstract socket");
    }

    [Fact]
    public async Task A_socket_of_somebody_else_under_a_second_name_in_the_plugins_own_folder_is_told_nothing()
    {
        using var listener = Listen(_workspace.File("foreign.sock"));
        await RefusedAsync("ln \"$FOREIGN\" \"$OWN/hard\"", "unix|$OWN/hard");
        AssertToldNothing(listener);
    }

    [Fact]
    public async Task A_socket_that_another_process_made_in_the_plugins_own_folder_is_told_nothing()
    {
        var folder = _workspace.File("folder");
        var plugin = Plugin(
            $"echo \"$OWN\" > '{folder}.new'; mv '{folder}.new' '{folder}'; until [ -e \"$OWN/s\" ]; do sleep 0.05; done",
            "unix|$OWN/s"
        );
        await using var km = KmProcess.Monitor(Conversation.Plugins(plugin), ["cat"]);
        await Wait.ForAsync(() => File.Exists(folder), () => km.Errors);
        var path = Path.Combine((await File.ReadAllTextAsync(folder, TestContext.Current.CancellationToken)).Trim(), "s");
        using var listener = Listen(path);
        await Wait.ForAsync(() => km.Errors.Contains("[PLG_RUN_", StringComparison.Ordinal), () => km.Errors);
        Assert.Equal(0, await km.FinishAsync());
        AssertToldNothing(listener);
    }

    /// <summary>Whose socket it is km can only ask where it is connected: it says nothing before.</summary>
    private static void AssertToldNothing(Socket listener)
    {
        while (listener.Poll(0, SelectMode.SelectRead))
        {
            using var connection = listener.Accept();
            Assert.Equal(0, connection.Receive(new byte[100]));
        }
    }

    private static Socket Listen(string address)
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(address));
        listener.Listen();
        return listener;
    }

    /// <summary>A plugin that says where it is, and waits.</summary>
    private string Plugin(string preparation, string address) =>
        _workspace.Script(
            "leader",
            "OWN=$PLUGIN_UNIX_SOCKET_DIR",
            $"FOREIGN='{_workspace.File("foreign.sock")}'",
            preparation,
            $"echo \"1|2|{address}|grpc|{Certificate}\"",
            "exec sleep 300"
        );

    private async Task RefusedAsync(string preparation, string address)
    {
        await using var km = KmProcess.Monitor(Conversation.Plugins(Plugin(preparation, address)), ["cat"]);
        await Wait.ForAsync(() => km.Errors.Contains("[PLG_RUN_", StringComparison.Ordinal), () => km.Errors);
        await km.SendAsync("ping");
        Assert.Equal("ping", await km.ReadLineAsync());
        Assert.Equal(0, await km.FinishAsync());
    }
}
