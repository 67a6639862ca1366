using System.Globalization;
using System.Runtime.InteropServices;

namespace Kilometers.Files;

/// <summary>
/// Whether anybody but this user and root could change or exchange what a path leads to. Every part of the path counts, and every part of
/// the links in it: who can rename a directory decides what is below it.
/// </summary>
public static class TrustedPath
{
    private const int MaxLinks = 40;
    private const int WritableByOthers = 0x12; // 022
    private const int EnterableByOthers = 0x9; // 011
    private const int Sticky = 0x200;

    /// <summary>Looks at a file or a directory. What is not there yet is judged by where it would be made.</summary>
    /// <param name="path">An absolute path.</param>
    /// <returns>What is wrong, one sentence that names the part; null if nothing is. Windows is not looked at.</returns>
    public static string? WhyUntrusted(string path) => Why(path, isParent: false);

    /// <summary>
    /// Looks at a directory in which something of this user's own is to be made. One that everybody writes to will do if it is sticky, as
    /// <c>/tmp</c> is: nobody can rename or delete what belongs to another user there.
    /// </summary>
    /// <inheritdoc cref="WhyUntrusted"/>
    public static string? WhyUntrustedParent(string path) => Why(path, isParent: true);

    private static string? Why(string path, bool isParent)
    {
        if (!Path.IsPathFullyQualified(path))
            return $"{path} is not an absolute path.";
        if (OperatingSystem.IsWindows())
            return null;
        var user = Libc.EffectiveUser();
        var left = new Stack<string>(Parts(path));
        var (current, isClosed, links) = ("/", false, 0);
        while (true)
        {
            var isLast = left.Count == 0;
            if (Libc.StatusOf(current) is not { } status)
            {
                var error = Marshal.GetLastPInvokeError();
                return error == Libc.Enoent ? null : $"{current} cannot be examined ({Marshal.GetPInvokeErrorMessage(error)}).";
            }

            if (status.Owner != 0 && status.Owner != user && (isLast || status.IsPlainFile || !IsOwnerHidden(status.Owner)))
                return string.Create(CultureInfo.InvariantCulture, $"{current} belongs to another user ({status.Owner}).");
            if (status.IsLink)
            {
                if (++links > MaxLinks || new FileInfo(current).LinkTarget is not { } target)
                    return $"{current} is a link that leads nowhere.";
                foreach (var part in Parts(target))
                    left.Push(part);
                if (!target.StartsWith('/'))
                    foreach (var part in Parts(Path.GetDirectoryName(current)!))
                        left.Push(part);
                (current, isClosed) = ("/", false);
            }
            else
            {
                var mayBeShared = status.IsDirectory && (status.Mode & Sticky) != 0 && (!isLast || isParent);
                if ((status.Mode & WritableByOthers) != 0 && !isClosed && !mayBeShared)
                    return $"Other users may write to {current}.";

                // What others cannot reach they cannot change, whatever its own mode says.
                isClosed |= status.IsDirectory && status.Owner == user && (status.Mode & EnterableByOthers) == 0;
            }

            if (left.Count == 0 && !status.IsLink)
                return null;
            if (!left.TryPop(out var next))
                continue;
            isClosed &= next != "..";
            current = next == ".." ? Path.GetDirectoryName(current) ?? "/" : Path.Combine(current, next);
        }
    }

    /// <summary>The parts, so that the first is popped first.</summary>
    private static IEnumerable<string> Parts(string path) =>
        path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".").Reverse();

    /// <summary>
    /// In a user namespace that the system's root is not mapped into (a sandbox that km itself runs in), what is root's shows the number for
    /// "nobody known". The directories on the way are then what the namespace's maker, this same user, chose to show; nothing that is read may be such.
    /// </summary>
    private static bool IsOwnerHidden(uint owner)
    {
        const uint Unknown = 65534;
        if (owner != Unknown || !OperatingSystem.IsLinux())
            return false;
        try
        {
            return !File.ReadLines("/proc/self/uid_map").Any(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, "0", _]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
