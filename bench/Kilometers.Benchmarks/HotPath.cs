using System.Globalization;
using System.Text;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Kilometers.Link.Ring;
using Kilometers.Monitoring.JsonRpc;
using Kilometers.Monitoring.Observation;

namespace Kilometers.Benchmarks;

/// <summary>The steps of the observer for one chunk of 64 messages; each beside the least that the same work could cost.</summary>
[MemoryDiagnoser]
[ShortRunJob]
public class HotPath
{
    private const int Messages = 64;
    private readonly byte[] _message = Encoding.UTF8.GetBytes(Request(7));
    private readonly byte[] _chunk = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, Messages).Select(id => Request(id) + "\n")));
    private readonly Nothing _nothing = new();
    private MessageFramer _framer = null!;
    private SessionObserver _observer = null!;

    /// <summary>The parts under measurement, once.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _framer = new MessageFramer(16 << 20, _nothing);
        _observer = new SessionObserver(_nothing, 16 << 20, TimeProvider.System);
    }

    /// <summary>The least for framing: a vectorised count of the newlines.</summary>
    [Benchmark(OperationsPerInvoke = Messages)]
    public int CountNewlines() => _chunk.AsSpan().Count((byte)'\n');

    /// <summary>Framing.</summary>
    [Benchmark(OperationsPerInvoke = Messages)]
    public void Frame() => _framer.Append(_chunk);

    /// <summary>The least for the envelope: every token of the message, none looked at.</summary>
    [Benchmark]
    public int ReadTokens()
    {
        var reader = new Utf8JsonReader(_message);
        var tokens = 0;
        while (reader.Read())
            tokens++;
        return tokens;
    }

    /// <summary>The envelope of one message.</summary>
    [Benchmark]
    public bool ReadEnvelope() => EnvelopeReader.Read(_message).Method is not null;

    /// <summary>Everything that the observer does with a message: framing, envelope, pairing, handing on.</summary>
    [Benchmark(OperationsPerInvoke = Messages)]
    public void Observe() =>
        _observer.Observe(
            new SeenBytes
            {
                Channel = Channel.Inbound,
                Bytes = _chunk,
                Timestamp = TimeProvider.System.GetTimestamp(),
            }
        );

    private static string Request(int id) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"tools/call\",\"params\":{{\"name\":\"search\",\"arguments\":{{\"query\":\"{new string('q', 100)}\"}}}}}}"
        );

    private sealed class Nothing : IFrameSink, IObservationSink
    {
        public WantedPart Wants(in MessageTraits message) => WantedPart.Nothing;

        public void OnLine(ReadOnlySpan<byte> line) { }

        public void OnLargeLine(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, long size) { }

        public void OnSkipped(long size) { }

        public void Observe(ObservedItem item) { }
    }
}
