using Kilometers.Contracts;
using Kilometers.Files;
using Kilometers.Packaging.Archive;

namespace Kilometers.PluginHost.Discovery;

/// <summary>Opens package files.</summary>
internal static class PackageOpener
{
    /// <summary>Opens a file that may be a package, without waiting for anybody and without reading any of it.</summary>
    /// <exception cref="KmException">It is not there (<c>PLG_INS_006</c>), not a plain file, or too large.</exception>
    public static FileStream Open(string path)
    {
        try
        {
            if (!FileKind.IsPlain(path))
                throw Unreadable(
                    path,
                    Directory.Exists(path) ? "It is a directory."
                        : File.Exists(path) ? "It is not a plain file."
                        : "There is no such file."
                );
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            if (file.CanSeek && file.Length <= PackageLimits.Package)
                return file;
            var why = file.CanSeek
                ? new KmException(
                    new KmError(
                        ErrorCode.PackageTooLarge,
                        "Larger than allowed",
                        $"{path} has {file.Length} bytes; a package has at most {PackageLimits.Package}.",
                        "Is it the right file?"
                    )
                )
                : Unreadable(path, "It is not a plain file.");
            file.Dispose();
            throw why;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, e.Message);
        }
    }

    private static KmException Unreadable(string path, string why) =>
        new(new KmError(ErrorCode.PackageUnreadable, $"Cannot read {path}", why, "Check the path and the permissions."));
}
