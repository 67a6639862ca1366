using System.Runtime.InteropServices;

namespace Kilometers.Files;

/// <summary>What a path leads to, found out without opening it: the opening of a pipe alone may wait for ever.</summary>
public static class FileKind
{
    private const int Regular = 0x8000;
    private const int Link = 0xA000;

    /// <summary>Whether a path leads, through links too, to a plain file.</summary>
    /// <param name="path">Any path.</param>
    /// <returns>False for directories, devices, pipes, sockets, and where there is nothing.</returns>
    public static bool IsPlain(string path) =>
        OperatingSystem.IsWindows() ? File.Exists(path) : Libc.TypeOf(path, followLinks: true) == Regular;

    /// <summary>Whether it is certain that there is nothing at a path. One that cannot be looked at is not missing.</summary>
    /// <param name="path">Any path.</param>
    /// <returns>True only where the system says that there is no such file; a link that leads nowhere is there.</returns>
    public static bool IsMissing(string path)
    {
        if (OperatingSystem.IsWindows())
            return !Path.Exists(path) && new FileInfo(path).LinkTarget is null;
        return Libc.TypeOf(path, followLinks: false) == 0 && Marshal.GetLastPInvokeError() == Libc.Enoent;
    }

    /// <summary>Whether opening a path could block or have effects: asked once, because between two questions another process may make the file.</summary>
    /// <returns>False for plain files, links themselves, and where there is nothing.</returns>
    internal static bool IsSpecial(string path) =>
        !OperatingSystem.IsWindows() && Libc.TypeOf(path, followLinks: false) is not (0 or Regular or Link);
}
