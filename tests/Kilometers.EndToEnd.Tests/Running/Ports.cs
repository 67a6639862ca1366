using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Kilometers.EndToEnd.Tests.Running;

/// <summary>Ports for programs that must be told one, or must come back on the same.</summary>
internal static class Ports
{
    private const string Range = "/proc/sys/net/ipv4/ip_local_port_range";
    private const int First = 10_000;
    private static readonly HashSet<int> Given = [];

    /// <summary>
    /// A port where nobody listens, and that the system gives to nobody: it takes those for connections, and for listeners that want any, from
    /// a range of its own. One of that range may be somebody else's a moment later, as long as the program has not bound it, or is restarted.
    /// </summary>
    public static int Free()
    {
        var end = File.Exists(Range) ? int.Parse(File.ReadAllText(Range).Split('\t', ' ')[0], CultureInfo.InvariantCulture) : 32_768;
        while (true)
        {
            var port = Random.Shared.Next(First, Math.Max(end, First + 1000));
            lock (Given)
            {
                if (!Given.Add(port))
                    continue;
            }

            using var probe = new TcpListener(IPAddress.Loopback, port);
            try
            {
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody listens there.
            }
        }
    }
}
