using System.Text;
using CsCheck;
using Kilometers.Monitoring.Observation;
using Xunit;

namespace Kilometers.Monitoring.Tests.Observation;

public sealed class MessageFramerTests
{
    private const int Limit = 40;

    // Few different bytes, so that newlines, returns and lines around the limit are frequent.
    private static readonly Gen<byte[]> Streams = Gen.OneOf((byte)'\n', (byte)'\r', (byte)'a', (byte)'b', (byte)0xff, (byte)'{').Array[
        0,
        300
    ];

    [Fact]
    public void Append_AnySplitOfTheSameBytes_GivesTheSameLines() =>
        Gen.Select(Streams, Gen.Int[1, 60].Array[0, 40])
            .Sample(
                (bytes, cuts) =>
                {
                    var whole = Frame([bytes]);
                    var pieces = Frame(Cut(bytes, cuts));
                    Assert.Equal(whole, pieces);
                }
            );

    [Fact]
    public void Append_LinesWithinTheLimit_AreWhatSplittingGives() =>
        Streams.Sample(bytes =>
        {
            var expected = Encoding.Latin1.GetString(bytes).Split('\n').ToList();
            if (expected[^1].Length == 0)
                expected.RemoveAt(expected.Count - 1);
            var lines = Frame([bytes]);
            Assert.Equal(expected.Count, lines.Count);
            foreach (var (text, line) in expected.Zip(lines))
            {
                if (text.Length <= Limit)
                    Assert.Equal("whole:" + Trim(text), line);
                else
                    Assert.Equal($"large:{Trim(text).Length}:{Head(text)}", line[..(line.LastIndexOf(':'))]);
            }
        });

    [Fact]
    public void Append_LineAboveTheLimit_KeepsBothEndsAndTheSize()
    {
        var recorder = new Recorder();
        var framer = new MessageFramer(1_000_000, recorder);
        var line = Enumerable.Range(0, 5_000_000).Select(i => (byte)('a' + (i % 26))).ToArray();
        foreach (var piece in line.Chunk(64 * 1024))
            framer.Append(piece);
        framer.Append("\r\nnext\n"u8);

        Assert.Equal(2, recorder.Lines.Count);
        var head = Encoding.Latin1.GetString(line, 0, MessageFramer.HeadSize);
        var tail = Encoding.Latin1.GetString(line, line.Length - MessageFramer.TailSize + 1, MessageFramer.TailSize - 1);
        Assert.Equal($"large:{line.Length}:{head}:{tail}", recorder.Lines[0]);
        Assert.Equal("whole:next", recorder.Lines[1]);
    }

    [Fact]
    public void Complete_LastLineWithoutNewline_IsALine() => Assert.Equal(["whole:a", "whole:b"], Frame(["a\nb"u8.ToArray()]));

    [Fact]
    public void SkipToNextLine_AfterAGap_ForgetsBothPartsOfTheBrokenLine()
    {
        var recorder = new Recorder();
        var framer = new MessageFramer(Limit, recorder);
        framer.Append("lost beginning"u8);
        Assert.Equal(14, framer.SkipToNextLine());
        framer.Append("rest of "u8);
        framer.Append("another\nwhole\n"u8);
        Assert.Equal(["skipped:15", "whole:whole"], recorder.Lines);
    }

    [Fact]
    public void Forget_GapUpToTheEndOfALine_LosesNoLineAfterIt()
    {
        var recorder = new Recorder();
        var framer = new MessageFramer(Limit, recorder);
        framer.Append("lost beginning"u8);
        Assert.Equal(14, framer.Forget());
        framer.Append("whole\n"u8);
        Assert.Equal(["whole:whole"], recorder.Lines);
    }

    [Fact]
    public void Skip_MiddleOfALine_CountsAndKeepsTheEnds()
    {
        var recorder = new Recorder();
        var framer = new MessageFramer(1000, recorder);
        framer.Append("head"u8);
        framer.Skip(5_000_000_000);
        framer.Append("tail\nnext\n"u8);
        Assert.Equal(["large:5000000008:head:tail", "whole:next"], recorder.Lines);
    }

    private static string Trim(string text) => text.EndsWith('\r') ? text[..^1] : text;

    private static string Head(string text) => text[..Limit];

    private static List<string> Frame(IEnumerable<byte[]> pieces)
    {
        var recorder = new Recorder();
        var framer = new MessageFramer(Limit, recorder);
        foreach (var piece in pieces)
            framer.Append(piece);
        framer.Complete();
        return recorder.Lines;
    }

    private static IEnumerable<byte[]> Cut(byte[] bytes, int[] cuts)
    {
        var start = 0;
        foreach (var cut in cuts)
        {
            var length = Math.Min(cut, bytes.Length - start);
            yield return bytes[start..(start + length)];
            start += length;
        }

        yield return bytes[start..];
    }

    private sealed class Recorder : IFrameSink
    {
        public List<string> Lines { get; } = [];

        public void OnLine(ReadOnlySpan<byte> line) => Lines.Add("whole:" + Encoding.Latin1.GetString(line));

        public void OnSkipped(long size) => Lines.Add($"skipped:{size}");

        public void OnLargeLine(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, long size) =>
            Lines.Add($"large:{size}:{Encoding.Latin1.GetString(head)}:{Encoding.Latin1.GetString(tail)}");
    }
}
