using System.Globalization;
using System.Runtime.InteropServices;

namespace Kilometers.Processes;

/// <summary>Gives memory back that only the work before a rest needed.</summary>
internal static unsafe partial class IdleMemory
{
    private const string Name = "libc";

    /// <summary><c>MADV_DONTNEED</c>.</summary>
    private const int DontNeed = 4;

    /// <summary>Collects what is garbage, and gives free memory and the program's own pages back.</summary>
    /// <param name="maxHeap">Bytes. A larger heap is left alone: to collect it would keep the next message waiting.</param>
    public static void Release(long maxHeap = long.MaxValue)
    {
        if (GC.GetTotalMemory(forceFullCollection: false) > maxHeap)
            return;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            // Of the C library's own heaps, where OpenSSL and SQLite have what they allocate.
            _ = TrimHeap(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Not glibc: musl gives back what it does not need.
        }

        ReleaseProgram();
    }

    /// <summary>
    /// Unmaps the program's code and constants, of which its start touched most: 20 MB of the host. They stay in the system's cache, and what is
    /// needed again is mapped from there. What was ever written is not in the file any more, and stays: the runtime's own constants too.
    /// </summary>
    private static void ReleaseProgram()
    {
        try
        {
            // Native code of a program has its file's name; what the JIT compiled has none.
            var here = (nuint)(delegate* <long, void>)&Release;
            var mappings = ReadMappings();
            if (mappings.Find(mapping => mapping.Start <= here && here < mapping.End) is not { Path.Length: > 0 } own)
                return;
            foreach (var mapping in mappings.Where(mapping => mapping.Path == own.Path && mapping.IsAsInTheFile))
                _ = Advise((void*)mapping.Start, mapping.End - mapping.Start, DontNeed);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
        {
            // What cannot be known to be unwritten stays.
        }
    }

    private static List<Mapping> ReadMappings()
    {
        var mappings = new List<Mapping>();
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            var colon = line.IndexOf(": ", StringComparison.Ordinal);
            if (colon > 0 && line.AsSpan(0, colon).IndexOf(' ') < 0)
            {
                if (line.StartsWith("Anonymous:", StringComparison.Ordinal))
                    mappings[^1].Written = KiloBytes(line);
                else if (line.StartsWith("Swap:", StringComparison.Ordinal))
                    mappings[^1].Swapped = KiloBytes(line);
                continue;
            }

            // "start-end rwxp offset major:minor inode   path".
            var fields = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
            var range = fields[0].Split('-');
            mappings.Add(new Mapping(Address(range[0]), Address(range[1]), fields[1], fields.Length > 5 ? fields[5] : ""));
        }

        return mappings;
    }

    private static nuint Address(string text) => nuint.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static long KiloBytes(string line) =>
        long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], NumberStyles.None, CultureInfo.InvariantCulture);

    [LibraryImport(Name, EntryPoint = "malloc_trim")]
    private static partial int TrimHeap(nuint keep);

    [LibraryImport(Name, EntryPoint = "madvise")]
    private static partial int Advise(void* start, nuint length, int advice);

    /// <summary>A part of this process's memory, and how many kB of it were written, and of that put on a disk.</summary>
    private sealed record Mapping(nuint Start, nuint End, string Rights, string Path)
    {
        public long? Written { get; set; }

        public long? Swapped { get; set; }

        /// <summary>Whether nothing was written to it, and nothing may be.</summary>
        public bool IsAsInTheFile => Rights is ['r', '-', _, 'p'] && Written == 0 && Swapped == 0;
    }
}
