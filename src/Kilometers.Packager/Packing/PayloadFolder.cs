using Kilometers.Contracts;
using Kilometers.Packaging.Archive;

namespace Kilometers.Packager.Packing;

/// <summary>The files of a folder that is to be packed: plain files and folders, nothing else.</summary>
internal static class PayloadFolder
{
    /// <param name="folder">The folder.</param>
    /// <returns>Its files, with their paths below it.</returns>
    /// <exception cref="KmException"><c>PLG_PKG_007</c>: it is not there, or holds a link or something else that is not a file.</exception>
    public static IReadOnlyList<PayloadFile> Read(string folder)
    {
        try
        {
            if (!Directory.Exists(folder))
                throw Fault($"{folder} is not a folder.");
            return
            [
                .. Below(new DirectoryInfo(folder))
                    .Select(file => new PayloadFile(
                        Path.GetRelativePath(folder, file.FullName).Replace(Path.DirectorySeparatorChar, '/'),
                        () => new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.Read),
                        IsExecutable(file)
                    )),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fault(e.Message);
        }
    }

    private static IEnumerable<FileInfo> Below(DirectoryInfo folder)
    {
        foreach (var entry in folder.EnumerateFileSystemInfos().OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            // A link would pack what lies elsewhere; a pipe would never end.
            if (entry.LinkTarget is not null)
                throw Fault($"{entry.FullName} is a link; a package holds plain files only.");
            if (entry is DirectoryInfo inner)
            {
                foreach (var file in Below(inner))
                    yield return file;
            }
            else if (
                (entry.Attributes & FileAttributes.Device) == 0
                && entry is FileInfo file
                && (file.Attributes & FileAttributes.ReparsePoint) == 0
            )
            {
                yield return file;
            }
            else
            {
                throw Fault($"{entry.FullName} is not a plain file.");
            }
        }
    }

    private static bool IsExecutable(FileInfo file) => !OperatingSystem.IsWindows() && (file.UnixFileMode & UnixFileMode.UserExecute) != 0;

    private static KmException Fault(string why) =>
        new(new KmError(ErrorCode.PackageSource, "No package can be made of this", why, "Correct it, and pack again"));
}
