using System.Globalization;
using Kilometers.Contracts;
using Kilometers.Files;

namespace Kilometers.Api.Configuration;

/// <summary>The folder of one node. It holds secrets and customers' events, so nobody but the server's user may enter it.</summary>
internal static class DataFolder
{
    private const string LockName = "lock";

    private const UnixFileMode Others =
        UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite
        | UnixFileMode.OtherExecute;

    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>
    /// Makes the folder, and takes it for this process. A folder that is open to other users is closed where that is certainly right: it is
    /// empty, or a km-api made what is in it. Any other one is refused: closing it could lock out somebody else.
    /// </summary>
    /// <param name="path">The folder.</param>
    /// <param name="note">Gets a line if the folder was closed.</param>
    /// <returns>Dispose it to let go.</returns>
    /// <exception cref="KmException"><c>API_CFG_001</c>: it is open to others, belongs to another user, cannot be used, or is in use.</exception>
    public static IDisposable Take(string path, Action<string> note)
    {
        try
        {
            PrivateFile.CreateDirectory(path);
            if (!OperatingSystem.IsWindows())
                Close(path, note);
            return PrivateFile.TryLock(Path.Combine(path, LockName))
                ?? throw Fault(
                    "The data folder is in use",
                    $"Another km-api works in {path}.",
                    "Give each node its own folder: --data DIR"
                );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fault("The data folder cannot be used", e.Message, "Check --data, and run km-api as the user that owns the folder");
        }
    }

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static void Close(string path, Action<string> note)
    {
        var folder = Directory.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        if (PrivateFile.OwnerOf(folder) != PrivateFile.CurrentUser())
            throw Fault(
                "The data folder belongs to another user",
                $"{folder} belongs to user {PrivateFile.OwnerOf(folder)}; km-api runs as user {PrivateFile.CurrentUser()}.",
                "Run km-api as that user, or give another folder: --data DIR"
            );
        var mode = File.GetUnixFileMode(folder);
        if ((mode & Others) != 0)
        {
            var isEmpty = !Directory.EnumerateFileSystemEntries(folder).Any();
            if (!isEmpty && ((mode & OthersWrite) != 0 || !File.Exists(Path.Combine(folder, LockName))))
                throw Fault(
                    "The data folder is open to other users",
                    $"{folder} has mode {Octal(mode)}. It holds secrets and customers' events.",
                    $"If nothing else uses the folder, close it: chmod 700 '{folder}'"
                );
            File.SetUnixFileMode(folder, mode & ~Others);
            note($"Closed {folder} to other users: its mode was {Octal(mode)}");
        }

        // An earlier version left some files to the user's umask.
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles())
            if (file.LinkTarget is null && (file.UnixFileMode & Others) != 0)
                file.UnixFileMode &= ~Others;
    }

    private static string Octal(UnixFileMode mode) => Convert.ToString((int)mode, 8).PadLeft(4, '0').ToString(CultureInfo.InvariantCulture);

    private static KmException Fault(string summary, string detail, string hint) =>
        new(new KmError(ErrorCode.ApiConfiguration, summary, detail, hint));
}
