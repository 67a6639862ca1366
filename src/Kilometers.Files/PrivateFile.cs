using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.Files;

/// <summary>Files and directories of the user alone, written so that a crash leaves the old content or the new one.</summary>
public static class PrivateFile
{
    /// <summary>From now on, whatever this process or a library in it creates is for the user alone, unless it says otherwise. No effect on Windows.</summary>
    public static void ApplyToProcess()
    {
        if (!OperatingSystem.IsWindows())
            _ = Libc.SetMask(0x3F);
    }

    /// <summary>Creates a directory, and those above it, for the user alone (0700) where it is missing.</summary>
    /// <param name="path">The directory.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        // One by one: .NET gives those above the usual mode, whatever it is told for the last.
        if (Directory.Exists(path))
            return;
        if (Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))) is { } above)
            CreateDirectory(above);
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Creates a directory for the user alone where it is missing, and makes sure that nobody else could change or exchange it.</summary>
    /// <param name="path">An absolute path.</param>
    /// <exception cref="IOException">It cannot be made, or somebody else could put something there.</exception>
    public static void CreateTrustedDirectory(string path)
    {
        CreateDirectory(path);
        DemandTrusted(path);
    }

    /// <summary>Makes sure that nobody else could change or exchange a directory that is there.</summary>
    /// <inheritdoc cref="CreateTrustedDirectory"/>
    public static void DemandTrusted(string path)
    {
        if ((WhyUnsafe(path) ?? TrustedPath.WhyUntrusted(path)) is { } why)
            throw new IOException($"{path}: {why}");
    }

    /// <summary>Creates a file that is not there yet, for the user alone (0600).</summary>
    /// <param name="path">The file.</param>
    /// <param name="fileOptions">What else it is to be, as deleted with its stream.</param>
    /// <returns>The file, open for reading and writing, locked against other openings.</returns>
    /// <exception cref="IOException">It is there, or cannot be made.</exception>
    public static FileStream CreateNew(string path, FileOptions fileOptions = FileOptions.None)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 0,
            Options = fileOptions,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }

    /// <summary>Opens a file, making it (0600) where asked, but never through a link in its last part.</summary>
    /// <param name="path">The file.</param>
    /// <param name="access">Read, write or both.</param>
    /// <param name="create">Whether to make it where it is missing.</param>
    /// <returns>The open file.</returns>
    /// <exception cref="IOException">It is a link, missing, not a plain file, or cannot be opened.</exception>
    public static SafeFileHandle OpenNoFollow(string path, FileAccess access, bool create)
    {
        // The opening of a pipe alone may wait for ever.
        if (FileKind.IsSpecial(path))
            throw new IOException($"{path} is not a plain file");
        if (OperatingSystem.IsWindows())
        {
            if (new FileInfo(path).LinkTarget is not null)
                throw new IOException($"{path} is a link");
            return File.OpenHandle(path, create ? FileMode.OpenOrCreate : FileMode.Open, access, FileShare.ReadWrite);
        }

        const int Create = 0x40,
            CreateOnMac = 0x200;
        var flags =
            Libc.OpenNoFollow
            | Libc.OpenCloseOnExec
            | (
                access switch
                {
                    FileAccess.Read => 0,
                    FileAccess.Write => 1,
                    _ => 2,
                }
            );
        if (create)
            flags |= OperatingSystem.IsLinux() ? Create : CreateOnMac;
        var descriptor = Libc.Open(path, flags, 0x180);
        if (descriptor >= 0)
            return new SafeFileHandle(descriptor, ownsHandle: true);
        var error = Marshal.GetLastPInvokeError();
        throw error == Libc.Eloop ? new IOException($"{path} is a symbolic link")
        : error == 2 ? new FileNotFoundException($"{path} does not exist", path)
        : new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    /// <summary>Reads a small file, but never through a link in its last part.</summary>
    /// <param name="path">The file.</param>
    /// <param name="largest">The most that is read, in bytes.</param>
    /// <returns>All of its bytes.</returns>
    /// <exception cref="IOException">It is a link, missing (<see cref="FileNotFoundException"/>), larger, or cannot be read.</exception>
    public static byte[] ReadAll(string path, int largest)
    {
        using var file = OpenNoFollow(path, FileAccess.Read, create: false);
        var length = RandomAccess.GetLength(file);
        if (length > largest)
            throw new IOException($"{path} is larger than {largest} bytes");
        var bytes = new byte[length];
        var read = 0;
        for (int count; read < bytes.Length && (count = RandomAccess.Read(file, bytes.AsSpan(read), read)) > 0; )
            read += count;
        return bytes[..read];
    }

    /// <summary>Reads a small file that decides something: only if nobody but the user and root could have written it or put it there.</summary>
    /// <inheritdoc cref="ReadAll"/>
    public static byte[] ReadTrusted(string path, int largest) =>
        TrustedPath.WhyUntrusted(path) is { } why ? throw new IOException($"It is not read: {why}") : ReadAll(path, largest);

    /// <summary>Gives a file a new content: written beside it, flushed to disk, and put in its place.</summary>
    /// <param name="path">The file; its directory is made where it is missing.</param>
    /// <param name="content">All of it.</param>
    /// <param name="durable">Whether to flush: false where a loss of power may take the change, or leave the file empty.</param>
    /// <exception cref="IOException">It cannot be written; the old content stands.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content, bool durable = true) =>
        Write(path, content, overwrite: true, durable);

    /// <summary>Makes a file that is not there yet with all of its content at once, so that nobody ever sees a part of it.</summary>
    /// <param name="path">The file; its directory is made where it is missing.</param>
    /// <param name="content">All of it.</param>
    /// <exception cref="IOException">It is there, or cannot be written.</exception>
    public static void WriteNew(string path, ReadOnlySpan<byte> content) => Write(path, content, overwrite: false, durable: true);

    /// <summary>Makes what was created, renamed or deleted in a directory survive a crash of the machine.</summary>
    /// <param name="path">The directory.</param>
    public static void FlushDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = Libc.Open(path, Libc.OpenCloseOnExec, 0);
        if (descriptor < 0)
            return;
        _ = Libc.Fsync(descriptor);
        _ = Libc.Close(descriptor);
    }

    /// <summary>Whether somebody else than the user and root could change a file or a directory, or it is a link.</summary>
    /// <param name="path">An existing file or directory.</param>
    /// <returns>What is wrong, one sentence; null if nothing is. On Windows only links are looked at.</returns>
    public static string? WhyUnsafe(string path)
    {
        var info = new FileInfo(path);
        if (info.LinkTarget is not null)
            return "It is a symbolic link.";
        if (OperatingSystem.IsWindows())
            return null;
        if ((File.GetUnixFileMode(path) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0)
            return "Other users may write to it.";
        var owner = Libc.OwnerOf(path);
        return owner == 0 || owner == Libc.EffectiveUser()
            ? null
            : $"It belongs to another user ({owner?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "unknown"}).";
    }

    /// <summary>Who owns a file or a directory, or the link itself.</summary>
    /// <param name="path">An existing file or directory.</param>
    /// <returns>The number of the user; null on Windows, or where it cannot be told.</returns>
    public static uint? OwnerOf(string path) => OperatingSystem.IsWindows() ? null : Libc.OwnerOf(path);

    /// <summary>Who this process acts as.</summary>
    /// <returns>The number of the user, 0 for root; null on Windows.</returns>
    public static uint? CurrentUser() => OperatingSystem.IsWindows() ? null : Libc.EffectiveUser();

    /// <summary>Takes the lock that a file stands for, among processes and within one. The file is made (0600) where it is missing.</summary>
    /// <param name="path">The file; its content is not touched.</param>
    /// <returns>Dispose it to let go; the end of the process does, too. Null if somebody else holds the lock.</returns>
    /// <exception cref="IOException">It is a link, or cannot be opened.</exception>
    public static SafeFileHandle? TryLock(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            const int SharingViolation = unchecked((int)0x80070020);
            try
            {
                return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (e.HResult == SharingViolation)
            {
                return null;
            }
        }

        var file = OpenNoFollow(path, FileAccess.ReadWrite, create: true);
        while (Libc.TryFlock((int)file.DangerousGetHandle()) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error == Libc.Interrupted)
                continue;
            file.Dispose();
            return error == Libc.WouldBlock ? null : throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(error)}");
        }

        return file;
    }

    private static void Write(string path, ReadOnlySpan<byte> content, bool overwrite, bool durable)
    {
        var directory = Path.GetDirectoryName(path)!;
        CreateDirectory(directory);
        var temporary = $"{path}.new-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        try
        {
            using (var file = CreateNew(temporary))
            {
                file.Write(content);
                file.Flush(flushToDisk: durable);
            }

            File.Move(temporary, path, overwrite);
            if (durable)
                FlushDirectory(directory);
        }
        catch (Exception e)
        {
            File.Delete(temporary);

            // .NET's word for a limit on the size of files (ulimit -f).
            if (e is ArgumentOutOfRangeException)
                throw new IOException(e.Message, e);
            throw;
        }
    }
}
