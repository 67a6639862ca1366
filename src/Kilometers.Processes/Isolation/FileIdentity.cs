using System.Globalization;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Isolation;

/// <summary>Which directory it is, whatever it is called: a path leads to another one after a rename, this does not.</summary>
/// <param name="Device">The file system.</param>
/// <param name="Inode">The number in it, not given again as long as the directory is there.</param>
public readonly record struct FileIdentity(ulong Device, ulong Inode)
{
    /// <summary>The identity of a directory that belongs to this user and that nobody else may write to.</summary>
    /// <param name="path">The directory.</param>
    /// <returns>Null on systems where the launcher cannot compare it.</returns>
    /// <exception cref="IOException">It is not such a directory: somebody exchanged it.</exception>
    public static FileIdentity? OfOwnFolder(string path)
    {
        const int WritableByOthers = 0x12; // 022
        if (!OperatingSystem.IsLinux())
            return null;
        var descriptor = LinuxCalls.OpenToName(path, followsLink: false);
        if (descriptor < 0)
            throw new IOException($"{path}: {LinuxCalls.LastErrorText()}");
        try
        {
            if (FileStatus.Of(descriptor) is not { } status)
                throw new IOException($"{path}: {LinuxCalls.LastErrorText()}");
            return status.IsFolder && status.Owner == Libc.EffectiveUser() && (status.Mode & WritableByOthers) == 0
                ? status.Identity
                : throw new IOException($"{path} is not a directory of this user alone any more: somebody exchanged it.");
        }
        finally
        {
            _ = Libc.Close(descriptor);
        }
    }

    /// <summary>As an argument: <c>DEVICE:INODE</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Device}:{Inode}");

    internal static bool TryParse(string text, out FileIdentity identity)
    {
        identity = default;
        if (text.Split(':') is not [var device, var inode] || Number(device) is not { } first || Number(inode) is not { } second)
            return false;
        identity = new FileIdentity(first, second);
        return true;
    }

    private static ulong? Number(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
