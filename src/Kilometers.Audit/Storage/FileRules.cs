using System.Globalization;
using Kilometers.Files;

namespace Kilometers.Audit.Storage;

/// <summary>What the files of a log must be like: no links, the user's own, for the user alone.</summary>
internal static class FileRules
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite
        | UnixFileMode.OtherExecute;

    /// <param name="path">A file or directory; it need not be there.</param>
    /// <param name="owner">Whose it must be, unless root's; null: not looked at.</param>
    /// <returns>Null if nothing is wrong.</returns>
    public static AuditFault? Check(string path, uint? owner)
    {
        var name = Path.GetFileName(path);
        if (new FileInfo(path).LinkTarget is not null)
            return new AuditFault(AuditFaultKind.Link, null, $"{name} is a symbolic link.");
        if (OperatingSystem.IsWindows() || !Path.Exists(path))
            return null;
        var mode = File.GetUnixFileMode(path);
        if ((mode & Others) != 0)
            return new AuditFault(
                AuditFaultKind.WrongMode,
                null,
                $"{name} may be used by other users: its mode is {Convert.ToString((int)mode, 8)}."
            );
        return owner is not null && PrivateFile.OwnerOf(path) is var actual && actual != 0 && actual != owner
            ? new AuditFault(
                AuditFaultKind.WrongOwner,
                null,
                $"{name} belongs to user {actual?.ToString(CultureInfo.InvariantCulture) ?? "unknown"}."
            )
            : null;
    }

    /// <summary>For what holds a secret: not even readable by others.</summary>
    public static string? WhyNotPrivate(string path) => Check(path, PrivateFile.CurrentUser())?.Detail;
}
