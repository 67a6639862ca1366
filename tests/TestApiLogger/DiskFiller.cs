using System.Text;
using Kilometers.Plugins.ApiLogger.Spooling;

namespace TestApiLogger;

/// <summary>Fills the disk that a spool is on, frees a part of it, and goes on.</summary>
internal static class DiskFiller
{
    /// <summary>Prints how many records were kept before, how many were refused, how many were kept after, and how many are read back.</summary>
    public static int Run(string directory)
    {
        var ballast = Path.Combine(directory, "ballast");
        File.WriteAllBytes(ballast, new byte[64 * 1024]);
        using var folder = new SpoolDirectory(Path.Combine(directory, "spool"), new SpoolLimits(1 << 30, 16 * 1024, FlushEach: false)).Open(
            "s1"
        );
        var kept = new List<string>();
        var refused = 0;
        for (var number = 0; refused < 3; number++)
            Append(number);
        var before = kept.Count;
        File.Delete(ballast);
        for (var number = 10_000; number < 10_020; number++)
            Append(number);
        var read = new List<string>();
        while (folder.Read(7, 1 << 20) is { Records.Count: > 0 } batch)
        {
            read.AddRange(batch.Records.Select(static record => Encoding.ASCII.GetString(record.Span)));
            folder.Confirm(batch, batch.Records.Count);
        }
        Console.WriteLine($"{before} {refused} {kept.Count - before} {(read.SequenceEqual(kept) ? "same" : "different")} {folder.Damaged}");
        return 0;

        void Append(int number)
        {
            var text = $"{number} ".PadRight(1000 + (number % 100), 'x');
            try
            {
                folder.Append(Encoding.ASCII.GetBytes(text));
                kept.Add(text);
            }
            catch (SpoolFullException)
            {
                refused++;
            }
        }
    }
}
