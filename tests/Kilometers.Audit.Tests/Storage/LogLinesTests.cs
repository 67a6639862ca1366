using System.Text;
using CsCheck;
using Kilometers.Audit.Storage;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.Audit.Tests.Storage;

public sealed class LogLinesTests : IDisposable
{
    // Around the sizes of chunks and of the longest line, too.
    private static readonly Gen<int> Lengths = Gen.Frequency(
        (6, Gen.Int[0, 400]),
        (1, Gen.Int[16_380, 16_390]),
        (1, Gen.Int[65_534, 65_538])
    );

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Forward_AnyLines_GivesThemWithTheirHashes() =>
        Gen.Select(Lengths.Array[0, 12], Gen.Int[0, 3])
            .Sample(
                (lengths, torn) =>
                {
                    var expected = lengths.Select(length => new string((char)('a' + (length % 26)), length)).ToList();
                    using var file = Write(string.Concat(expected.Select(line => line + "\n")) + new string('t', torn));
                    var lines = LogLines
                        .Forward(file, RandomAccess.GetLength(file))
                        .Select(line =>
                            (
                                line.Number,
                                Text: line.Bytes is { } bytes ? Encoding.ASCII.GetString(bytes.Span) : null,
                                line.Hash,
                                line.IsComplete
                            )
                        )
                        .ToList();
                    Assert.Equal(expected.Count + (torn > 0 ? 1 : 0), lines.Count);
                    foreach (var ((number, text, hash, isComplete), line) in lines.Zip(expected))
                    {
                        Assert.True(isComplete);
                        Assert.Equal(line.Length > LogFormat.MaxLine ? null : line, text);
                        Assert.Equal(LogFormat.Hash(Encoding.ASCII.GetBytes(line)), hash);
                        Assert.Equal(line, expected[(int)number - 1]);
                    }

                    if (torn > 0)
                        Assert.False(lines[^1].IsComplete);
                },
                threads: 1
            );

    [Fact]
    public void Backward_AnyLines_GivesThemInReverse() =>
        Gen.Select(Gen.Frequency((6, Gen.Int[0, 400]), (1, Gen.Int[16_380, 16_390])).Array[0, 40], Gen.Int[0, 40_000])
            .Sample(
                (lengths, torn) =>
                {
                    var expected = lengths.Select(length => new string((char)('a' + (length % 26)), length)).ToList();
                    var whole = string.Concat(expected.Select(line => line + "\n"));
                    using var file = Write(whole + new string('t', torn));
                    var end = LogLines.EndOfLast(file, RandomAccess.GetLength(file));
                    Assert.Equal(whole.Length, end);
                    expected.Reverse();
                    Assert.Equal(expected, LogLines.Backward(file, end).Select(line => Encoding.ASCII.GetString(line.Span)));
                    Assert.Equal(LogFormat.Hash(Encoding.ASCII.GetBytes(new string('t', torn))), LogLines.HashOf(file, end, end + torn));
                },
                threads: 1
            );

    [Fact]
    public void Backward_LineThatIsNoRecordByItsLength_IsRefusedBeforeItIsHeld()
    {
        using var file = Write(new string('x', 10_000_000) + "\n");
        Assert.Throws<IOException>(() => LogLines.Backward(file, RandomAccess.GetLength(file)).First());
    }

    private SafeFileHandle Write(string content)
    {
        File.WriteAllText(_file, content, Encoding.ASCII);
        return File.OpenHandle(_file);
    }
}
