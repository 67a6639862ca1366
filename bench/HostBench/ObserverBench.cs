using System.Diagnostics;
using System.Globalization;
using System.Text;
using Kilometers.Link.Ring;
using Kilometers.Monitoring.Observation;

namespace Kilometers.HostBench;

/// <summary>What one message costs the observer.</summary>
internal static class ObserverBench
{
    public static string Run(int messages)
    {
        var sink = new Counter();
        var observer = new SessionObserver(sink, 16 << 20, TimeProvider.System);
        var (requests, responses) = (new StringBuilder(), new StringBuilder());
        const int PerChunk = 256;
        for (var i = 0; i < PerChunk; i++)
        {
            requests.Append(
                CultureInfo.InvariantCulture,
                $"{{\"jsonrpc\":\"2.0\",\"id\":{i},\"method\":\"tools/call\",\"params\":{{\"name\":\"echo\",\"arguments\":{{\"message\":\"{new string('a', 100)}\"}}}}}}\n"
            );
            responses.Append(
                CultureInfo.InvariantCulture,
                $"{{\"result\":{{\"content\":[{{\"type\":\"text\",\"text\":\"{new string('b', 100)}\"}}]}},\"jsonrpc\":\"2.0\",\"id\":{i}}}\n"
            );
        }

        var inbound = Fill(requests);
        var outbound = Fill(responses);
        for (var round = 0; round < 2; round++)
        {
            // The first round warms up.
            sink.Messages = 0;
            var start = Process.GetCurrentProcess().TotalProcessorTime;
            while (sink.Messages < (round == 0 ? messages / 10 : messages))
            {
                observer.Observe(Seen(Channel.Inbound, inbound));
                observer.Observe(Seen(Channel.Outbound, outbound));
            }

            var cpu = Process.GetCurrentProcess().TotalProcessorTime - start;
            if (round == 1)
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{{\"bench\":\"observer\",\"messages\":{sink.Messages},\"cpu_ns_per_message\":{cpu.TotalNanoseconds / sink.Messages:0}}}"
                );
        }

        throw new InvalidOperationException();
    }

    private static byte[] Fill(StringBuilder text) => Encoding.UTF8.GetBytes(text.ToString());

    private static SeenBytes Seen(Channel channel, byte[] bytes) =>
        new()
        {
            Channel = channel,
            Bytes = bytes,
            Timestamp = TimeProvider.System.GetTimestamp(),
        };

    private sealed class Counter : IObservationSink
    {
        public long Messages { get; set; }

        public void Observe(ObservedItem item) => Messages++;
    }
}
