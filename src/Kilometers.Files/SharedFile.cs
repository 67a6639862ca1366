using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Kilometers.Files;

/// <summary>
/// A file of the user that other programs write too, without a lock. A new content takes the place of the old one only if the old one is
/// still what the caller read, and keeps its owner, mode, access list and extended attributes.
/// </summary>
public sealed class SharedFile
{
    private SharedFile(string path, byte[] content) => (Path, Content) = (path, content);

    /// <summary>The file itself, where links led to it.</summary>
    public string Path { get; }

    /// <summary>All of its bytes when it was read.</summary>
    public byte[] Content { get; }

    /// <summary>Reads it, through links. Waits for a program that is writing it, up to 2 seconds.</summary>
    /// <param name="path">The file or a link to it.</param>
    /// <param name="largest">The most that is read, in bytes.</param>
    /// <exception cref="IOException">It is missing (<see cref="FileNotFoundException"/>), larger, not plain, or cannot be read.</exception>
    public static SharedFile Read(string path, int largest)
    {
        var target = Resolve(path);
        FileLease.TryTake(target)?.Dispose();
        return new SharedFile(target, PrivateFile.ReadAll(target, largest));
    }

    /// <summary>Gives the file a new content, if it still has the one that was read.</summary>
    /// <param name="content">All of it.</param>
    /// <returns>False if another program has changed the file since: nothing of that is lost, and nothing was written.</returns>
    /// <exception cref="IOException">Its mode, owner, attributes or second name would be lost; it is as it was.</exception>
    public bool Replace(ReadOnlySpan<byte> content)
    {
        if (!OperatingSystem.IsWindows() && Libc.GroupOf(Path) is { Links: > 1 })
            throw new IOException($"{Path} has several names (hard links), which replacing it would separate");
        var temporary = System.IO.Path.Combine(
            System.IO.Path.GetDirectoryName(Path)!,
            $".{System.IO.Path.GetFileName(Path)}.km-{RandomNumberGenerator.GetHexString(8, lowercase: true)}"
        );
        try
        {
            using (var file = PrivateFile.CreateNew(temporary))
            {
                file.Write(content);
                if (!OperatingSystem.IsWindows())
                    FileMetadata.Copy(Path, temporary);
                file.Flush(flushToDisk: true);
            }

            if (OperatingSystem.IsWindows())
            {
                // Read once more, as late as possible: what differs now was written meanwhile.
                if (!IsStill(Path, Content))
                    return false;
                File.Replace(temporary, Path, null);
            }
            else if (!Exchange(temporary, content))
            {
                return false;
            }
        }
        finally
        {
            File.Delete(temporary);
        }

        PrivateFile.FlushDirectory(System.IO.Path.GetDirectoryName(Path)!);
        return true;
    }

    /// <summary>
    /// Exchanges the names, so that what was replaced can still be looked at. Meanwhile the kernel holds back who would write to either file.
    /// Who found the old file before the exchange, and waits for it, gets it back in its place.
    /// </summary>
    /// <returns>False if another program's content was there, and is there again.</returns>
    private bool Exchange(string temporary, ReadOnlySpan<byte> content)
    {
        bool isReplaced;
        try
        {
            using var old = FileLease.TryTake(Path);
            using var now = FileLease.TryTake(temporary);
            if (old is null || now is null || !old.Has(Content) || old.IsWanted)
                return false;
            if (Libc.Exchange(temporary, Path) != 0)
            {
                // A file system that knows no exchange: the look just taken must do.
                var error = Marshal.GetLastPInvokeError();
                if (error != Libc.InvalidArgument && error != Libc.NoSuchCall && error != Libc.NotSupported)
                    throw new IOException($"{Path}: {Marshal.GetPInvokeErrorMessage(error)}");
                File.Move(temporary, Path, overwrite: true);
                return true;
            }

            isReplaced = !old.IsWanted || Libc.Exchange(temporary, Path) != 0;
        }
        catch (FileNotFoundException)
        {
            return false;
        }

        // Another program may have renamed its own file there just before, or written where the kernel holds nobody back.
        if (isReplaced ? IsStill(temporary, Content) : IsStill(temporary, content))
            return isReplaced;
        if (isReplaced && Libc.Exchange(temporary, Path) == 0)
        {
            if (IsStill(temporary, content))
                return false;

            // Two programs wrote within this moment: the later one's stays.
            _ = Libc.Exchange(temporary, Path);
        }

        var kept = $"{Path}.km-kept-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        File.Move(temporary, kept);
        throw new IOException($"{Path} was written by several programs at once; a version that would have been lost is kept in {kept}");
    }

    /// <summary>Whether a file has a content, and nobody is about to write another.</summary>
    private static bool IsStill(string path, ReadOnlySpan<byte> content)
    {
        try
        {
            using var file = FileLease.TryTake(path);
            return file is not null && file.Has(content);
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Follows links to the file itself, as the system does: a relative one leads from the real directory that it is in.</summary>
    private static string Resolve(string path)
    {
        if (OperatingSystem.IsWindows())
            return new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? System.IO.Path.GetFullPath(path);
        return Libc.RealPath(path)
            ?? (
                Marshal.GetLastPInvokeError() == Libc.Enoent
                    ? throw new FileNotFoundException($"{path} does not exist", path)
                    : throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}")
            );
    }
}
