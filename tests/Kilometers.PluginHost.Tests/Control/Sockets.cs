using System.Net.Sockets;

namespace Kilometers.PluginHost.Tests.Control;

/// <summary>Two connected ends.</summary>
internal static class Sockets
{
    public static (Stream Client, Stream Server) Pair()
    {
        var path = Path.Combine(Path.GetTempPath(), $"km-{Guid.NewGuid():N}"[..20]);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(1);
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Connect(new UnixDomainSocketEndPoint(path));
        return (new NetworkStream(client, ownsSocket: true), new NetworkStream(listener.Accept(), ownsSocket: true));
    }
}
