using System.Globalization;
using Kilometers.Processes.Isolation;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Measuring;

/// <summary>
/// What a process holds by descriptors and mappings alone: files that were deleted, and memory that is a file (<c>memfd</c>, shared
/// anonymous memory). Neither is found in a directory or in the resident memory. Each file counts once.
/// </summary>
/// <param name="folders">Where the process may write, as the kernel calls these folders.</param>
internal sealed class HeldFiles(IReadOnlyList<string> folders)
{
    private const string Deleted = " (deleted)";
    private readonly HashSet<FileIdentity> _seen = [];

    /// <summary>Descriptors.</summary>
    public int Descriptors { get; private set; }

    /// <summary>What deleted files take of disks.</summary>
    public long DiskBytes { get; private set; }

    /// <summary>What files that are in memory take of it.</summary>
    public long MemoryBytes { get; private set; }

    /// <summary>Why something could not be counted; null: everything was.</summary>
    public string? Unreadable { get; private set; }

    /// <summary>Adds what one process holds.</summary>
    /// <param name="process">The process.</param>
    public void Add(int process)
    {
        var folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}");
        try
        {
            AddDescriptors(folder);
            AddMappings(folder);
            CompareThreads(process, folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            Miss("it does not let its descriptors and mappings be read");
        }
    }

    private void AddDescriptors(string folder)
    {
        // What is in "fd" are links, and .NET looks at the target of each link that it lists.
        foreach (var information in Directory.EnumerateFileSystemEntries(folder + "/fdinfo"))
        {
            Descriptors++;
            var path = $"{folder}/fd/{Path.GetFileName(information)}";
            if (FileStatus.Of(path, followsLink: true) is not { } status)
            {
                // Closed just now, or not to be read.
                if (LinuxCalls.LastError() != Libc.Enoent)
                    Miss("it does not let its descriptors be read");
                continue;
            }

            if (status.IsFile && status.Links == 0)
                Count(path, status);

            // A descriptor that was sent through a socket and not received is held by the socket: nothing shows what it is.
            if (status.IsSocket && HoldsDescriptors(information))
                Miss("descriptors wait in one of its sockets");
        }
    }

    private static bool HoldsDescriptors(string information)
    {
        try
        {
            return ProcFile
                .ReadLines(information)
                .Any(line => line.StartsWith("scm_fds:", StringComparison.Ordinal) && line.AsSpan(8).Trim() is not "0");
        }
        catch (FileNotFoundException)
        {
            // It was closed just now.
            return false;
        }
    }

    /// <summary>Deleted files that are mapped, and whose descriptors are closed.</summary>
    private void AddMappings(string folder)
    {
        var maps = ProcFile.Read(folder + "/maps");
        foreach (var range in maps.AsSpan().Split('\n'))
        {
            // "start-end rwxp offset major:minor inode   path (deleted)".
            if (!maps.AsSpan(range).EndsWith(Deleted))
                continue;
            var fields = maps[range].Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
            var device = fields[3].Split(':');
            var identity = new FileIdentity(
                ((ulong)Hexadecimal(device[0]) << 32) | (ulong)Hexadecimal(device[1]),
                ulong.Parse(fields[4], CultureInfo.InvariantCulture)
            );
            if (_seen.Contains(identity))
                continue;

            // Only the system's administrator may follow this link.
            var ends = fields[0].Split('-');
            var (start, end) = (Hexadecimal(ends[0]), Hexadecimal(ends[1]));
            var link = string.Create(CultureInfo.InvariantCulture, $"{folder}/map_files/{start:x}-{end:x}");
            if (FileStatus.Of(link, followsLink: true) is { } status)
            {
                Count(link, status);
            }
            else if (IsSharedMemory(fields[5]))
            {
                // As much as is mapped: how much of it is in memory does not show.
                MemoryBytes += end - start;
            }
            else if (IsItsOwn(fields[5]))
            {
                Miss("it has mapped a deleted file whose descriptor is closed");
            }
        }
    }

    /// <summary>Threads may have descriptors of their own, which show only under the thread.</summary>
    private void CompareThreads(int process, string folder)
    {
        foreach (var path in Directory.EnumerateDirectories(folder + "/task"))
        {
            var thread = int.Parse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture);
            if (thread != process && LinuxCalls.HaveOwnDescriptors(process, thread))
                Miss("a thread has descriptors of its own");
        }
    }

    private void Count(string path, FileStatus status)
    {
        if (!_seen.Add(status.Identity))
            return;
        if (LinuxCalls.IsInMemory(path))
            MemoryBytes += status.Bytes;
        else if (status.Links == 0)
            DiskBytes += status.Bytes;
    }

    private static bool IsSharedMemory(string path) =>
        path.StartsWith("/dev/zero ", StringComparison.Ordinal)
        || path.StartsWith("/dev/shm/", StringComparison.Ordinal)
        || path.StartsWith("/SYSV", StringComparison.Ordinal);

    /// <summary>Not a program or library that was replaced while it runs: it can have written this.</summary>
    private bool IsItsOwn(string path) =>
        path.StartsWith("/memfd:", StringComparison.Ordinal)
        || folders.Any(folder => path.StartsWith(folder + "/", StringComparison.Ordinal));

    private static long Hexadecimal(string text) => long.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private void Miss(string why) => Unreadable ??= why;
}
