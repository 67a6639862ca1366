using Kilometers.Contracts;
using Kilometers.Files;

namespace Kilometers.PluginHost.Installation;

/// <summary>
/// Whether others than the user and root could change a directory or a file. What they can change is not read at all, however well it is
/// signed: it could be exchanged between two looks.
/// </summary>
internal static class DirectoryGuard
{
    /// <returns>What is wrong; null if nothing is.</returns>
    public static KmError? Check(string path) =>
        PrivateFile.WhyUnsafe(path) is { } why
            ? new KmError(
                ErrorCode.UnsafeDirectory,
                $"{path} is not safe to load plugins from",
                why,
                $"Make it your own and writable by nobody else: chmod go-w {path}"
            )
            : null;
}
