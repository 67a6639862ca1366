using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.Files;

/// <summary>
/// A file that no process has open for writing, and that none can open so while this lives: the kernel holds it back. Only Linux can do that,
/// and only for the file's owner; elsewhere this is no more than an open file.
/// </summary>
internal sealed class FileLease : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private readonly SafeFileHandle _file;
    private readonly bool _isHeld;

    private FileLease(SafeFileHandle file, bool isHeld) => (_file, _isHeld) = (file, isHeld);

    /// <summary>Whether a process waits to open the file for writing.</summary>
    public bool IsWanted => _isHeld && Libc.IsLeaseWanted(Number(_file));

    /// <summary>Opens a file when nobody writes it.</summary>
    /// <param name="path">The file; not a link.</param>
    /// <returns>Null if a process still has it open for writing after 2 seconds.</returns>
    /// <exception cref="IOException">It cannot be opened (<see cref="FileNotFoundException"/>: it is missing).</exception>
    public static FileLease? TryTake(string path)
    {
        var file = PrivateFile.OpenNoFollow(path, FileAccess.Read, create: false);
        if (!OperatingSystem.IsLinux())
            return new FileLease(file, isHeld: false);
        for (var start = Environment.TickCount64; Libc.TakeLease(Number(file)) != 0; Thread.Sleep(Pause))
        {
            if (Marshal.GetLastPInvokeError() != Libc.Again)
                return new FileLease(file, isHeld: false);
            if (Environment.TickCount64 - start <= Limit.TotalMilliseconds)
                continue;
            file.Dispose();
            return null;
        }

        return new FileLease(file, isHeld: true);
    }

    /// <summary>Whether the file has this content.</summary>
    public bool Has(ReadOnlySpan<byte> content)
    {
        if (RandomAccess.GetLength(_file) != content.Length)
            return false;
        var bytes = new byte[content.Length];
        var read = 0;
        for (int count; read < bytes.Length && (count = RandomAccess.Read(_file, bytes.AsSpan(read), read)) > 0; )
            read += count;
        return read == bytes.Length && content.SequenceEqual(bytes);
    }

    public void Dispose()
    {
        if (_isHeld)
            Libc.ReleaseLease(Number(_file));
        _file.Dispose();
    }

    private static int Number(SafeFileHandle file) => (int)file.DangerousGetHandle();
}
