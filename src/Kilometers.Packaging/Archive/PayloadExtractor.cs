using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Entitlements.Seals;

namespace Kilometers.Packaging.Archive;

/// <summary>
/// Unpacks a payload whose bytes are verified already, and still believes only the signed list: the files come in its order, each a
/// regular file of exactly the size and digest listed, and nothing else comes.
/// </summary>
internal static class PayloadExtractor
{
    /// <summary>Tar's headers and padding: at most this much beside the files themselves, per file and once.</summary>
    private const long Overhead = 2048;

    /// <param name="payload">The compressed payload; nothing behind it.</param>
    /// <param name="manifest">Has the signed list.</param>
    /// <param name="directory">Where the files go, an empty directory of our own; null: they are only looked at.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Where a customer's seal would be.</returns>
    /// <exception cref="PackageFormatException">The payload holds something else than the list says.</exception>
    public static ExtractedSeal Extract(Stream payload, PluginManifest manifest, string? directory, CancellationToken cancellationToken)
    {
        var files = manifest.Files;
        var (entrypoint, sealFile) = (Array.Empty<byte>(), Array.Empty<byte>());
        try
        {
            using var gzip = new GZipStream(payload, CompressionMode.Decompress, leaveOpen: true);
            using var bounded = new BoundedStream(gzip, files.Sum(file => file.Size + Overhead) + (64 * 1024));
            using var tar = new TarReader(bounded);
            foreach (var file in files)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var entry = tar.GetNextEntry() ?? throw new PackageFormatException(ErrorCode.PayloadContent, $"The payload lacks {file.Path}");
                Check(entry, file);
                var tail = Extract(entry, file, directory, cancellationToken);
                if (file.Path == manifest.Entrypoint) entrypoint = tail;
                if (file.Path == SealedExecutable.FileName && file.Size <= tail.Length) sealFile = tail;
            }

            if (tar.GetNextEntry() is not null) throw new PackageFormatException(ErrorCode.PayloadContent, "The payload holds more than the signed files");

            // Behind the end of the archive only zeros may follow, and little of them: the bound holds here too.
            bounded.ReadZerosToEnd();
            return new ExtractedSeal(entrypoint, sealFile);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException or ArgumentException or OverflowException)
        {
            throw new PackageFormatException(ErrorCode.PayloadContent, $"The payload is not a readable archive: {e.Message}");
        }
    }

    private static void Check(TarEntry entry, PackagedFile file)
    {
        if (entry is not UstarTarEntry || entry.EntryType != TarEntryType.RegularFile)
            throw new PackageFormatException(ErrorCode.PayloadContent, $"The payload holds something that is not a plain file where {file.Path} should be");
        if (!string.Equals(entry.Name, file.Path, StringComparison.Ordinal))
            throw new PackageFormatException(ErrorCode.PayloadContent, $"The payload holds another file where {file.Path} should be");
        if (entry.Length != file.Size || entry.Mode != (UnixFileMode)Convert.ToInt32(file.Mode, 8))
            throw new PackageFormatException(ErrorCode.FileDigest, $"{file.Path} has another size or mode than was signed");
    }

    /// <returns>The end of the file, as much as a seal may have.</returns>
    private static byte[] Extract(TarEntry entry, PackagedFile file, string? directory, CancellationToken cancellationToken)
    {
        using var output = directory is null ? null : Create(directory, file);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[128 * 1024];
        var left = file.Size;
        var tail = new byte[Math.Min(file.Size, SealedExecutable.TailSize)];
        while (entry.DataStream is { } data && left > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var read = data.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
            if (read == 0) break;
            hash.AppendData(buffer, 0, read);
            output?.Write(buffer, 0, read);
            left -= read;
            Keep(tail, buffer.AsSpan(0, read), left);
        }

        if (left != 0 || !string.Equals(Convert.ToHexStringLower(hash.GetCurrentHash()), file.Sha256, StringComparison.Ordinal))
            throw new PackageFormatException(ErrorCode.FileDigest, $"{file.Path} is not the file that was signed");
        return tail;
    }

    /// <summary>Keeps of a piece what belongs to the tail of the file.</summary>
    private static void Keep(byte[] tail, ReadOnlySpan<byte> piece, long left)
    {
        var start = tail.Length - left - piece.Length;
        if (start + piece.Length <= 0) return;
        if (start >= 0) piece.CopyTo(tail.AsSpan((int)start));
        else piece[(int)-start..].CopyTo(tail);
    }

    private static FileStream Create(string directory, PackagedFile file)
    {
        // The path was checked with the manifest: relative, plain, no dots at the ends of its parts. Checked again where it is used.
        if (!ManifestRules.IsPath(file.Path)) throw new PackageFormatException(ErrorCode.PayloadContent, "A file's path is not plain");
        var path = Path.Combine(directory, file.Path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | (file.Mode == "0755" ? UnixFileMode.UserExecute : UnixFileMode.None);
        }

        return new FileStream(path, options);
    }
}

/// <summary>The places of a payload where a seal may be.</summary>
internal sealed record ExtractedSeal(byte[] EntrypointTail, byte[] SealFile);
