using System.Security.Cryptography;
using Kilometers.Contracts;
using Kilometers.Files;

namespace Kilometers.Packager.Packing;

/// <summary>Package files on disk: read with errors that say so, written so that the old one or the new one is there and no half.</summary>
internal static class PackageFile
{
    /// <exception cref="KmException"><c>PLG_INS_006</c>: it cannot be read.</exception>
    public static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KmException(
                new KmError(ErrorCode.PackageUnreadable, "The package cannot be read", e.Message, "Check the path and the permissions")
            );
        }
    }

    /// <summary>Writes a file beside its place, flushes it, and puts it there.</summary>
    /// <exception cref="KmException"><c>PLG_PKG_007</c>: it cannot be written; what was there stands.</exception>
    public static void Replace(string path, Action<Stream> write)
    {
        var full = Path.GetFullPath(path);
        var temporary = $"{full}.new-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                write(file);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
            PrivateFile.FlushDirectory(Path.GetDirectoryName(full)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            throw new KmException(
                new KmError(
                    ErrorCode.PackageSource,
                    "The package cannot be written",
                    e.Message,
                    "Check the path, the permissions and the disk"
                )
            );
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
