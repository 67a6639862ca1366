using System.Text;
using CsCheck;
using Kilometers.Plugins.ApiLogger.Spooling;

namespace Kilometers.Plugins.ApiLogger.Tests.Spooling;

public sealed class SpoolFolderTests : IDisposable
{
    private static readonly SpoolLimits Roomy = new(1 << 30, 1 << 20, FlushEach: false);

    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void Read_SegmentCutAtEveryByte_AllWholeRecordsBeforeTheCutComeBackOnce()
    {
        var texts = Enumerable.Range(0, 12).Select(number => new string((char)('a' + number), number * 3)).ToList();
        byte[] segment;
        var ends = new List<long>();
        using (var folder = Open("whole"))
        {
            foreach (var text in texts)
            {
                Append(folder, text);
                ends.Add(folder.End.Offset);
            }
            segment = File.ReadAllBytes(Segments("whole").Single());
        }
        for (var length = 0; length <= segment.Length; length++)
        {
            var name = $"cut{length}";
            Directory.CreateDirectory(_temporary.In(name));
            File.WriteAllBytes(SpoolFiles.Segment(_temporary.In(name), 1), segment[..length]);
            using var folder = Open(name);
            Assert.Equal(ends.Count(end => end <= length), folder.CountLeftOver());
            // What comes after the crash is whole, too.
            Append(folder, "after");
            Assert.Equal([.. texts.Take(ends.Count(end => end <= length)), "after"], ReadAll(folder));
            Assert.Equal(0, folder.Damaged);
        }
    }

    [Fact]
    public void Read_FlippedBytes_OnlyTheRecordsTheyAreInAreLost()
    {
        var texts = Enumerable.Range(0, 30).Select(number => $"{number} " + new string('x', number * 5)).ToList();
        using (var folder = Open("whole"))
            texts.ForEach(text => Append(folder, text));
        // Disposing removed nothing: none was confirmed.
        var segment = File.ReadAllBytes(Segments("whole").Single());
        var number = 0;
        Gen.Select(Gen.Int[0, segment.Length - 1], Gen.Byte[1, 255])
            .Array[1, 4]
            .Sample(
                flips =>
                {
                    var damaged = (byte[])segment.Clone();
                    foreach (var (position, mask) in flips)
                        damaged[position] ^= mask;
                    var name = $"flip{Interlocked.Increment(ref number)}";
                    Directory.CreateDirectory(_temporary.In(name));
                    File.WriteAllBytes(SpoolFiles.Segment(_temporary.In(name), 1), damaged);
                    using var folder = Open(name);
                    var read = ReadAll(folder);
                    Assert.Equal(texts.Where(read.Contains), read);
                    Assert.InRange(read.Count, texts.Count - flips.Length, texts.Count);
                    if (read.Count < texts.Count && read.Contains(texts[^1]))
                        Assert.InRange(folder.Damaged, 1, flips.Length);
                },
                iter: 300,
                threads: 1
            );
    }

    [Fact]
    public void Append_ManySegments_RollAndGoWhenConfirmed()
    {
        var limits = Roomy with { SegmentSize = 1024 };
        using var folder = Open("s", limits);
        var texts = Enumerable
            .Range(0, 100)
            .Select(number => $"{number} ".PadRight(100))
            .Append(new string('L', 10_000))
            .Append("last")
            .ToList();
        texts.ForEach(text => Append(folder, text));
        Assert.InRange(Segments("s").Length, 12, 20);
        Assert.Equal(texts, ReadAll(folder, count: 7));
        Assert.Single(Segments("s"));
    }

    [Fact]
    public void Open_AfterACrash_GoesOnBehindWhatWasConfirmed()
    {
        var held = Open("s", Roomy with { SegmentSize = 512 });
        for (var number = 0; number < 50; number++)
            Append(held, $"{number} ".PadRight(60));
        var batch = held.Read(23, 1 << 20);
        held.Confirm(batch, batch.Records.Count);
        var confirmed = batch.Records.Count;
        held.Dispose();
        using var again = Open("s");
        Append(again, "new");
        Assert.Equal([.. Enumerable.Range(confirmed, 50 - confirmed).Select(number => $"{number} ".PadRight(60)), "new"], ReadAll(again));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("1")]
    [InlineData("1 -5\n")]
    [InlineData("99999999999999999999 1\n")]
    public void Open_DamagedCursor_BeginsAtTheBeginning(string cursor)
    {
        using (var folder = Open("s"))
            Append(folder, "a");
        File.WriteAllText(Path.Combine(_temporary.In("s"), "cursor"), cursor);
        using var again = Open("s");
        Assert.Equal(["a"], ReadAll(again));
    }

    [Fact]
    public void Read_SegmentThatSomebodyDeleted_IsPassedOverAndCounted()
    {
        using var folder = Open("s", Roomy with { SegmentSize = 100 });
        for (var number = 0; number < 5; number++)
            Append(folder, $"{number} ".PadRight(80));
        File.Delete(Segments("s").Order().ElementAt(1));
        Assert.Equal(["0", "2", "3", "4"], ReadAll(folder).Select(text => text.TrimEnd()));
        Assert.Equal(1, folder.Damaged);
    }

    [Fact]
    public void Open_CursorBehindEverything_NumbersAreNotUsedAgain()
    {
        using (var folder = Open("s"))
            Append(folder, "lost with the power");
        File.Delete(Segments("s").Single());
        File.WriteAllText(Path.Combine(_temporary.In("s"), "cursor"), "7 1000\n");
        using var again = Open("s");
        Append(again, "new");
        Assert.Equal(["new"], ReadAll(again));
    }

    [Fact]
    public void Append_Full_IsRefusedUntilSomethingIsConfirmed()
    {
        using var folder = Open("s", new SpoolLimits(10_000, 1250, FlushEach: true));
        var kept = 0;
        while (TryAppend(folder))
            kept++;
        Assert.InRange(kept, 80, 90);
        Assert.False(TryAppend(folder));
        Assert.InRange(SpoolFiles.Size(_temporary.Path), 9000, 10_000);
        var batch = folder.Read(20, 1 << 20);
        folder.Confirm(batch, batch.Records.Count);
        for (var rest = folder.Read(20, 1 << 20); rest.Ends[0].Segment < 3; rest = folder.Read(20, 1 << 20))
            folder.Confirm(rest, rest.Records.Count);
        Assert.True(TryAppend(folder));

        static bool TryAppend(SpoolFolder folder)
        {
            try
            {
                Append(folder, new string('x', 100));
                return true;
            }
            catch (SpoolFullException)
            {
                return false;
            }
        }
    }

    [Fact]
    public void Append_OthersFillTheSpool_IsRefused()
    {
        var others = 0L;
        using var folder = new SpoolFolder(Made("s"), SpoolFiles.TryLock(Made("s"))!, new SpoolLimits(10_000, 1250, FlushEach: false), () =>
            others
        );
        Append(folder, "fits");
        others = 9_990;
        Append(folder, "is measured when a segment begins, or when there is no room");
        for (var number = 0; number < 8; number++)
            Append(folder, new string('x', 120));
        Assert.Throws<SpoolFullException>(() => Enumerable.Range(0, 10).ToList().ForEach(_ => Append(folder, new string('x', 120))));
        others = 0;
        Append(folder, "room again");
    }

    /// <summary>Any order of appending, reading, confirming and crashing gives each record at least once, in order, and none after it was confirmed.</summary>
    [Fact]
    public void AnySequence_NothingIsLostOrOutOfOrder()
    {
        var round = 0;
        Gen.Int[0, 9]
            .Array[1, 60]
            .Sample(
                steps =>
                {
                    var name = $"m{Interlocked.Increment(ref round)}";
                    var limits = Roomy with { SegmentSize = 200 };
                    var folder = Open(name, limits);
                    var (appended, confirmed) = (0, 0);
                    foreach (var step in steps)
                    {
                        if (step < 6)
                        {
                            Append(folder, $"{appended++}");
                        }
                        else if (step < 9)
                        {
                            var batch = folder.Read(step - 4, step * 3);
                            Assert.Equal(
                                Enumerable.Range(confirmed, batch.Records.Count).Select(number => $"{number}"),
                                batch.Records.Select(Text)
                            );
                            Assert.Equal(appended > confirmed, batch.Records.Count > 0);
                            if (batch.Records.Count == 0)
                                continue;
                            folder.Confirm(batch, 1 + (step % batch.Records.Count));
                            confirmed += 1 + (step % batch.Records.Count);
                        }
                        else
                        {
                            folder.Dispose();
                            folder = Open(name, limits);
                        }
                    }
                    folder.Dispose();
                    folder = Open(name, limits);
                    Assert.Equal(appended - confirmed, folder.CountLeftOver());
                    Assert.Equal(Enumerable.Range(confirmed, appended - confirmed).Select(number => $"{number}"), ReadAll(folder));
                    folder.Dispose();
                    Assert.False(Directory.Exists(_temporary.In(name)));
                },
                iter: 200,
                threads: 1
            );
    }

    [Fact]
    public void Files_AreForTheUserAlone()
    {
        if (OperatingSystem.IsWindows())
            return;
        using var folder = new SpoolDirectory(_temporary.In("spool"), Roomy).Open("s");
        Append(folder, "a");
        var batch = folder.Read(1, 1);
        folder.Confirm(batch, 1);
        foreach (var file in Directory.EnumerateFileSystemEntries(_temporary.In("spool"), "*", SearchOption.AllDirectories))
            Assert.Equal(
                UnixFileMode.None,
                File.GetUnixFileMode(file)
                    & (UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite)
            );
    }

    private string Made(string name) => Directory.CreateDirectory(_temporary.In(name)).FullName;

    private SpoolFolder Open(string name, SpoolLimits? limits = null) =>
        new(Made(name), SpoolFiles.TryLock(_temporary.In(name))!, limits ?? Roomy, static () => 0);

    private string[] Segments(string name) => Directory.GetFiles(_temporary.In(name), "*.seg");

    private static void Append(SpoolFolder folder, string text) => folder.Append(Encoding.UTF8.GetBytes(text));

    private static string Text(ReadOnlyMemory<byte> record) => Encoding.UTF8.GetString(record.Span);

    private static List<string> ReadAll(SpoolFolder folder, int count = 100)
    {
        var read = new List<string>();
        while (folder.Read(count, 1 << 20) is { Records.Count: > 0 } batch)
        {
            read.AddRange(batch.Records.Select(Text));
            folder.Confirm(batch, batch.Records.Count);
        }
        return read;
    }
}
