using System.Text;
using CsCheck;
using Kilometers.GoPlugin.Client.Logs;

namespace Kilometers.GoPlugin.Client.Tests.Logs;

public sealed class LineSplitterTests
{
    [Fact]
    public void Feed_AnySplitOfAnyText_GivesTheSameLines() =>
        Gen.Select(Gen.Char["ab\r\n"].Array[0, 60].Select(c => new string(c)), Gen.Int[1, 7])
            .Sample(
                (text, step) =>
                {
                    var expected = text.Split('\n').Select(line => line.EndsWith('\r') ? line[..^1] : line).ToList();

                    // A text that ends with a newline has no further line; a lone \r at the end of the stream is an (empty) line.
                    if (text.Length == 0 || text[^1] == '\n')
                        expected.RemoveAt(expected.Count - 1);
                    return expected.SequenceEqual(Split(Encoding.UTF8.GetBytes(text), step).Select(line => line.Text));
                }
            );

    [Theory]
    [InlineData(1000)]
    [InlineData(1024 * 1024)]
    public void Feed_OverlongLine_IsKeptUpToTheLimit(int step)
    {
        var bytes = Encoding.UTF8.GetBytes(new string('x', 1024 * 1024) + "\nnext\n");
        var lines = Split(bytes, step);
        Assert.Equal(2, lines.Count);
        Assert.Equal((LineSplitter.Limit, 1024 * 1024L - LineSplitter.Limit), (lines[0].Text.Length, lines[0].LeftOut));
        Assert.Equal(("next", 0L), lines[1]);
    }

    private static List<(string Text, long LeftOut)> Split(byte[] bytes, int step)
    {
        var lines = new List<(string, long)>();
        var splitter = new LineSplitter((line, leftOut) => lines.Add((Encoding.UTF8.GetString(line), leftOut)));
        for (var at = 0; at < bytes.Length; at += step)
            splitter.Feed(bytes.AsSpan(at, Math.Min(step, bytes.Length - at)));
        splitter.Complete();
        return lines;
    }
}
