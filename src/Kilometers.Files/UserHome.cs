using System.Runtime.InteropServices;
using System.Text;

namespace Kilometers.Files;

/// <summary>The user's home directory: never an empty or a relative path, as the platform's own answer can be.</summary>
public static class UserHome
{
    /// <summary>Finds it: what <c>HOME</c> names, or, where this user cannot use that, what the system's list of users names.</summary>
    /// <returns>An absolute path of a directory of this user's or root's that this user may enter; null where there is none.</returns>
    public static string? Find() =>
        OperatingSystem.IsWindows()
            ? Usable(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile))
            : Find(Environment.GetEnvironmentVariable("HOME"), Listed);

    /// <param name="named">What the environment names.</param>
    /// <param name="listed">Asks the list of users. That may go over the network, so only where the environment names nothing usable.</param>
    internal static string? Find(string? named, Func<string?> listed) => Usable(named) ?? Usable(listed());

    private static string? Usable(string? path)
    {
        if (string.IsNullOrEmpty(path) || !Path.IsPathFullyQualified(path) || !Directory.Exists(path))
            return null;
        if (OperatingSystem.IsWindows())
            return path;

        // sudo and su may keep the caller's HOME: what root did there would be the caller's to change, and root's files would lie in it.
        return
            Libc.Access(path, Libc.MayExecute) == 0
            && Libc.StatusOf(Path.Combine(path, ".")) is { } status
            && (status.Owner == 0 || status.Owner == Libc.EffectiveUser())
            ? path
            : null;
    }

    private static unsafe string? Listed()
    {
        const int MaxSize = 1 << 20;

        // struct passwd on 64 bit. Linux: name, password, two numbers of 4, description, directory. macOS: more between. Unproven there.
        var offset = OperatingSystem.IsLinux() ? 32 : 48;
        var entry = stackalloc byte[128];
        for (var size = 4096; size <= MaxSize; size *= 4)
        {
            var texts = new byte[size];
            fixed (byte* buffer = texts)
            {
                byte* found = null;
                var error = Libc.GetUser(Libc.EffectiveUser(), entry, buffer, (nuint)size, &found);
                if (error == Libc.OutOfRange)
                    continue;
                if (error != 0 || found is null)
                    return null;
                var text = *(byte**)(entry + offset);
                return text is null ? null : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
            }
        }

        return null;
    }
}
