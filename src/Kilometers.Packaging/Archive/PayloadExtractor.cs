using System.IO.Compression;
using System.Security.Cryptography;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Entitlements.Seals;

namespace Kilometers.Packaging.Archive;

/// <summary>
/// Unpacks a payload whose bytes are verified already, and still believes only the signed list: the files come in its order, each with
/// the one header that its entry in the list can have, of exactly the size and digest listed, and nothing else comes.
/// </summary>
internal static class PayloadExtractor
{
    /// <param name="payload">The compressed payload; nothing behind it.</param>
    /// <param name="manifest">Has the signed list.</param>
    /// <param name="directory">Where the files go, an empty directory of our own; null: they are only looked at.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Where a customer's seal would be.</returns>
    /// <exception cref="PackageFormatException">The payload holds something else than the list says.</exception>
    public static ExtractedSeal Extract(Stream payload, PluginManifest manifest, string? directory, CancellationToken cancellationToken)
    {
        var (entrypoint, sealFile) = (Array.Empty<byte>(), Array.Empty<byte>());
        var sealPath = SealedExecutable.FileBeside(manifest.Entrypoint);
        try
        {
            using var gzip = new GZipStream(payload, CompressionMode.Decompress, leaveOpen: true);
            foreach (var file in manifest.Files)
            {
                cancellationToken.ThrowIfCancellationRequested();
                ReadHeader(gzip, file);
                var tail = ReadFile(gzip, file, directory, cancellationToken);
                ReadZeros(gzip, UstarHeader.Padding(file.Size));
                if (file.Path == manifest.Entrypoint)
                    entrypoint = tail;
                if (file.Path == sealPath)
                    sealFile = tail;
            }

            ReadZeros(gzip, 2 * UstarHeader.Size);

            // No more than this one byte is ever unpacked beyond what was signed, however much there would be.
            if (gzip.ReadByte() >= 0)
                throw new PackageFormatException(ErrorCode.PackageTooLarge, "The payload unpacks to more than was signed");
            return new ExtractedSeal(entrypoint, sealFile);
        }
        catch (InvalidDataException)
        {
            throw new PackageFormatException(ErrorCode.PayloadContent, "The payload is not a readable archive");
        }
    }

    private static void ReadHeader(Stream tar, PackagedFile file)
    {
        Span<byte> header = stackalloc byte[UstarHeader.Size];
        Span<byte> expected = stackalloc byte[UstarHeader.Size];
        ReadExactly(tar, header);
        UstarHeader.Write(expected, file.Path, file.Size, file.Mode == "0755");
        if (header.SequenceEqual(expected))
            return;
        if (!header.ContainsAnyExcept((byte)0))
            throw new PackageFormatException(ErrorCode.PayloadContent, $"The payload lacks {file.Path}");
        throw UstarHeader.IsSameFile(header, expected)
            ? new PackageFormatException(ErrorCode.FileDigest, $"{file.Path} has another size or mode than was signed")
            : new PackageFormatException(
                ErrorCode.PayloadContent,
                $"The payload holds something else where the plain file {file.Path} should be"
            );
    }

    /// <returns>The end of the file, as much as a seal may have.</returns>
    private static byte[] ReadFile(Stream tar, PackagedFile file, string? directory, CancellationToken cancellationToken)
    {
        using var output = directory is null ? null : Create(directory, file);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[Math.Min(file.Size, 128 * 1024)];
        var tail = new byte[Math.Min(file.Size, SealedExecutable.TailSize)];
        for (var left = file.Size; left > 0; )
        {
            cancellationToken.ThrowIfCancellationRequested();
            var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, left));
            ReadExactly(tar, piece);
            hash.AppendData(piece);
            output?.Write(piece);
            left -= piece.Length;
            Keep(tail, piece, left);
        }

        return string.Equals(Convert.ToHexStringLower(hash.GetCurrentHash()), file.Sha256, StringComparison.Ordinal)
            ? tail
            : throw new PackageFormatException(ErrorCode.FileDigest, $"{file.Path} is not the file that was signed");
    }

    private static void ReadZeros(Stream tar, int count)
    {
        Span<byte> zeros = stackalloc byte[2 * UstarHeader.Size];
        ReadExactly(tar, zeros[..count]);
        if (zeros[..count].ContainsAnyExcept((byte)0))
            throw new PackageFormatException(ErrorCode.PayloadContent, "The payload holds more than the signed files");
    }

    private static void ReadExactly(Stream tar, Span<byte> into)
    {
        if (tar.ReadAtLeast(into, into.Length, throwOnEndOfStream: false) < into.Length)
            throw new PackageFormatException(ErrorCode.PayloadContent, "The payload ends before the last of the signed files");
    }

    /// <summary>Keeps of a piece what belongs to the tail of the file.</summary>
    private static void Keep(byte[] tail, ReadOnlySpan<byte> piece, long left)
    {
        var start = tail.Length - left - piece.Length;
        if (start + piece.Length <= 0)
            return;
        if (start >= 0)
            piece.CopyTo(tail.AsSpan((int)start));
        else
            piece[(int)-start..].CopyTo(tail);
    }

    private static FileStream Create(string directory, PackagedFile file)
    {
        // The path was checked with the manifest: relative, plain, no dots at the ends of its parts. Checked again where it is used.
        if (!ManifestRules.IsPath(file.Path))
            throw new PackageFormatException(ErrorCode.PayloadContent, "A file's path is not plain");
        var path = Path.Combine(directory, file.Path);
        CreateFolder(Path.GetDirectoryName(path)!);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode =
                UnixFileMode.UserRead | UnixFileMode.UserWrite | (file.Mode == "0755" ? UnixFileMode.UserExecute : UnixFileMode.None);
        }

        return new FileStream(path, options);
    }

    /// <summary>For the user alone, whatever the umask: one by one, because .NET gives those above the last the usual mode.</summary>
    private static void CreateFolder(string path)
    {
        if (Directory.Exists(path))
            return;
        CreateFolder(Path.GetDirectoryName(path)!);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}

/// <summary>The places of a payload where a seal may be.</summary>
internal sealed record ExtractedSeal(byte[] EntrypointTail, byte[] SealFile);
