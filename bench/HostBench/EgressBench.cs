using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Kilometers.PluginHost.Egress;

namespace Kilometers.HostBench;

/// <summary>
/// Bytes to a server of this machine, directly and through the proxy of a plugin, in turns; and how long it takes to be connected. All
/// ends are in this process, so that all of it shares its processors.
/// </summary>
internal static class EgressBench
{
    private const int Chunk = 64 * 1024;
    private const int Connects = 200;

    public static async Task<string> RunAsync(int megabytes, int rounds)
    {
        var folder = Directory.CreateTempSubdirectory("km-bench-").FullName;
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var target = new HostPort("127.0.0.1", ((IPEndPoint)server.LocalEndpoint).Port);
        using var plugin = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        plugin.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder, "egress")));
        plugin.Listen();
        var options = new EgressOptions();
        await using (
            var proxy = new EgressProxy(
                Path.Combine(folder, "egress"),
                NetworkGrant.Of([$"{target}"], "", [$"{target}"]),
                new EgressJournal((_, _) => { }),
                new UpstreamDialer(options, new WebProxy(), TimeProvider.System),
                options,
                TimeProvider.System
            )
        )
        {
            proxy.Start(Environment.ProcessId);
            var (direct, through, directConnect, throughConnect) = (
                new List<double>(),
                new List<double>(),
                new List<double>(),
                new List<double>()
            );
            for (var round = 0; round <= rounds; round++)
            {
                var a = await MeasureAsync(server, megabytes, () => DirectAsync(target));
                var b = await MeasureAsync(server, megabytes, () => ThroughAsync(plugin, target));
                if (round == 0)
                    continue;
                direct.Add(a.Rate);
                directConnect.Add(a.Connect);
                through.Add(b.Rate);
                throughConnect.Add(b.Connect);
            }

            Directory.Delete(folder, recursive: true);
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"bench\":\"egress\",\"direct_mb_per_s\":{Median(direct):0},\"through_mb_per_s\":{Median(through):0},\"direct_connect_us\":{Median(directConnect):0},\"through_connect_us\":{Median(throughConnect):0}}}"
            );
        }
    }

    private static async Task<(double Rate, double Connect)> MeasureAsync(TcpListener server, int megabytes, Func<Task<Socket>> connect)
    {
        var bytes = megabytes * 1_000_000L;
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < Connects; i++)
        {
            using var client = await connect();
            using var accepted = await server.AcceptSocketAsync();
        }

        var perConnection = watch.Elapsed.TotalMicroseconds / Connects;
        using var sending = await connect();
        using var receiving = await server.AcceptSocketAsync();
        watch.Restart();
        var reading = Task.Run(async () =>
        {
            var buffer = new byte[Chunk];
            for (var read = 0L; read < bytes; )
                read += await receiving.ReceiveAsync(buffer.AsMemory());
        });
        var chunk = new byte[Chunk];
        for (var sent = 0L; sent < bytes; sent += Chunk)
            await sending.SendAsync(chunk.AsMemory());
        await reading;
        return (bytes / 1e6 / watch.Elapsed.TotalSeconds, perConnection);
    }

    private static async Task<Socket> DirectAsync(HostPort target)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Parse(target.Host), target.Port);
        return socket;
    }

    private static async Task<Socket> ThroughAsync(Socket plugin, HostPort target)
    {
        var socket = await plugin.AcceptAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes($"CONNECT {target} HTTP/1.1\r\n\r\n"));
        var head = new byte[256];
        var count = await socket.ReceiveAsync(head.AsMemory());
        return Encoding.ASCII.GetString(head, 0, count) == "HTTP/1.1 200 Connected\r\n\r\n"
            ? socket
            : throw new InvalidOperationException(Encoding.ASCII.GetString(head, 0, count));
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
