using System.Diagnostics;
using System.Globalization;
using System.Text;
using Kilometers.Link.Ring;
using Kilometers.Monitoring.JsonRpc;
using Kilometers.Monitoring.Observation;

namespace Kilometers.HostBench;

/// <summary>What one message of 200 bytes costs the observer: step by step, and by what is wanted of it.</summary>
internal static class ObserverBench
{
    private const int MessageSize = 200;
    private const int PerChunk = 256;

    public static string Run(int messages)
    {
        var steps = new (string Name, Func<(Action Observe, Func<long> Seen)> Create)[]
        {
            ("frame", () => Framed(reads: false)),
            ("envelope", () => Framed(reads: true)),
            ("nobody", () => Observed(WantedPart.Nothing)),
            ("metadata", () => Observed(WantedPart.Metadata)),
            ("payload", () => Observed(WantedPart.Payload)),
        };
        var figures = steps.Select(step => Measure(step.Name, step.Create(), messages));
        return $"{{\"bench\":\"observer\",\"messages\":{messages},{string.Join(',', figures)}}}";
    }

    private static string Measure(string name, (Action Observe, Func<long> Seen) step, int messages)
    {
        Run(messages / 10); // warms up
        var (bytes, start) = (GC.GetAllocatedBytesForCurrentThread(), Process.GetCurrentProcess().TotalProcessorTime);
        var seen = Run(messages);
        var cpu = Process.GetCurrentProcess().TotalProcessorTime - start;
        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"\"{name}_ns\":{cpu.TotalNanoseconds / seen:0},\"{name}_bytes\":{(double)bytes / seen:0}"
        );

        long Run(int least)
        {
            var before = step.Seen();
            while (step.Seen() - before < least)
                step.Observe();
            return step.Seen() - before;
        }
    }

    private static (Action Observe, Func<long> Seen) Framed(bool reads)
    {
        var (requests, responses, lines) = (Requests(), Responses(), new Lines(reads));
        var framers = (In: new MessageFramer(16 << 20, lines), Out: new MessageFramer(16 << 20, lines));
        return (
            () =>
            {
                framers.In.Append(requests);
                framers.Out.Append(responses);
            },
            () => lines.Seen
        );
    }

    private static (Action Observe, Func<long> Seen) Observed(WantedPart wanted)
    {
        var (requests, responses, taker) = (Requests(), Responses(), new Taker(wanted));
        var observer = new SessionObserver(taker, 16 << 20, TimeProvider.System);
        return (
            () =>
            {
                observer.Observe(Seen(Channel.Inbound, requests));
                observer.Observe(Seen(Channel.Outbound, responses));
            },
            () => taker.Asked
        );
    }

    /// <summary>Ids that are too large for numbers that the runtime keeps as text.</summary>
    private static byte[] Requests() =>
        Fill(
            id =>
                $"{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"tools/call\",\"params\":{{\"name\":\"echo\",\"arguments\":{{\"message\":\"",
            "\"}}}"
        );

    private static byte[] Responses() =>
        Fill(id => "{\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"", id => $"\"}}]}},\"jsonrpc\":\"2.0\",\"id\":{id}}}");

    private static byte[] Fill(Func<int, string> head, string tail) => Fill(head, _ => tail);

    private static byte[] Fill(Func<int, string> head, Func<int, string> tail)
    {
        var text = new StringBuilder();
        for (var id = 100_000; id < 100_000 + PerChunk; id++)
        {
            var (first, last) = (head(id), tail(id));
            text.Append(first).Append('a', MessageSize - first.Length - last.Length).Append(last).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static SeenBytes Seen(Channel channel, byte[] bytes) =>
        new()
        {
            Channel = channel,
            Bytes = bytes,
            Timestamp = TimeProvider.System.GetTimestamp(),
        };

    private sealed class Lines(bool reads) : IFrameSink
    {
        public long Seen { get; private set; }

        public void OnLine(ReadOnlySpan<byte> line)
        {
            Seen++;
            if (reads && EnvelopeReader.Read(line).Kind == JsonRpcKind.NotJsonRpc)
                throw new InvalidOperationException();
        }

        public void OnLargeLine(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, long size) => throw new InvalidOperationException();

        public void OnSkipped(long size) => throw new InvalidOperationException();
    }

    private sealed class Taker(WantedPart wanted) : IObservationSink
    {
        public long Asked { get; private set; }

        public WantedPart Wants(in MessageTraits message)
        {
            Asked++;
            return wanted;
        }

        public void Observe(ObservedItem item) { }
    }
}
