using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.Files;

/// <summary>
/// Deletes a directory with everything in it, whatever was done to keep it: permissions that were taken away, and paths longer
/// than the system takes. It never follows a link, and works below the descriptor that it opened first.
/// </summary>
public static class DirectoryTree
{
    private const int MaxRounds = 1 << 16;
    private static readonly byte[] Itself = [(byte)'.', 0];

    /// <summary>Deletes it; nothing happens where there is none.</summary>
    /// <param name="path">The directory. A link is removed, and what it leads to is left alone.</param>
    /// <exception cref="IOException">Something of it is left.</exception>
    public static void Delete(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            if (Directory.Exists(path))
                Directory.Delete(path, recursive: true);
            return;
        }

        byte[] name = [.. Encoding.UTF8.GetBytes(Path.TrimEndingDirectorySeparator(path)), 0];
        using (var top = Open(Libc.CurrentDirectory, name, path))
        {
            if (top is not null)
                Empty(top, path);
        }

        if (!Remove(Libc.CurrentDirectory, name))
            throw Fault(path);
    }

    /// <summary>
    /// Level by level: what lies in a directory below the top is moved up beside it, so that no path has more than two parts and no more
    /// than two directories are open, however deep the tree is.
    /// </summary>
    private static void Empty(SafeFileHandle top, string path)
    {
        var moved = 0L;
        for (var round = 0; round < MaxRounds; round++)
        {
            if (Names(top, path) is not { Count: > 0 } names)
                return;
            foreach (var name in names)
            {
                using (var inner = Open(Number(top), name, path))
                {
                    if (inner is not null)
                        Flatten(inner, top, path, ref moved);
                }

                if (!Remove(Number(top), name) && Marshal.GetLastPInvokeError() != Libc.NotEmpty)
                    throw Fault(path);
            }
        }

        throw new IOException($"{path}: it is filled faster than it can be deleted");
    }

    /// <summary>Removes the files of a directory, and moves its directories up to the top.</summary>
    private static void Flatten(SafeFileHandle folder, SafeFileHandle top, string path, ref long moved)
    {
        foreach (var name in Names(folder, path))
        {
            // Opened for its permissions alone: only those who may write to a directory may move it, because its entry ".." changes.
            Open(Number(folder), name, path)?.Dispose();
            while (!Remove(Number(folder), name) && Libc.RenameAt(Number(folder), name, Number(top), NewName(moved++)) != 0)
            {
                // The name may be taken by something of the plugin's: the next one, then.
                var error = Marshal.GetLastPInvokeError();
                if (error != Libc.NotEmpty && error is not (Libc.Eexist or Libc.Enotdir or Libc.Enoent))
                    throw Fault(path);
            }
        }
    }

    private static byte[] NewName(long number) =>
        [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $".km-deleted-{number}")), 0];

    /// <summary>Removes a file, a link, or an empty directory; true too where there is nothing any more.</summary>
    private static bool Remove(int folder, byte[] name) =>
        Libc.UnlinkAt(folder, name, 0) == 0
        || Libc.UnlinkAt(folder, name, Libc.OnlyDirectory) == 0
        || Marshal.GetLastPInvokeError() == Libc.Enoent;

    /// <summary>Opens a directory, and gives its owner back what is missing for that; null where it is not a directory.</summary>
    private static SafeFileHandle? Open(int folder, byte[] name, string path)
    {
        if (Libc.StatusOf(folder, name) is not { IsDirectory: true } status)
            return null;
        if ((status.Mode & Libc.OwnerOnly) != Libc.OwnerOnly)
            _ = Libc.ChangeModeAt(folder, name, Libc.OwnerOnly, 0);
        var descriptor = Libc.OpenAt(folder, name, Libc.OpenDirectory | Libc.OpenNoFollow | Libc.OpenCloseOnExec, 0);
        return descriptor < 0 ? throw Fault(path) : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>A bounded number of the names in a directory, each with its final zero; the rest comes the next time.</summary>
    private static unsafe List<byte[]> Names(SafeFileHandle folder, string path)
    {
        const int MaxNames = 4096;

        // A descriptor of its own: the stream closes it, and begins at the first name.
        var descriptor = Libc.OpenAt(Number(folder), Itself, Libc.OpenDirectory | Libc.OpenCloseOnExec, 0);
        var stream = descriptor < 0 ? 0 : Libc.OpenNames(descriptor);
        if (stream == 0)
            throw Fault(path);
        var names = new List<byte[]>();
        while (names.Count < MaxNames && Libc.NextName(stream) is var entry && entry != null)
        {
            var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + Libc.NameOffset);
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                names.Add([.. name, 0]);
        }

        _ = Libc.CloseNames(stream);
        return names;
    }

    private static int Number(SafeFileHandle handle) => (int)handle.DangerousGetHandle();

    private static IOException Fault(string what) => new($"{what}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
}
