using System.IO.Compression;
using System.Security.Cryptography;
using Kilometers.Contracts.Packages;

namespace Kilometers.Packaging.Archive;

/// <summary>One file to be packed.</summary>
/// <param name="Path">Its path within the payload.</param>
/// <param name="Content">Its bytes; opened where they are needed, with a known length.</param>
/// <param name="IsExecutable">Whether its mode is 0755, else 0644.</param>
public sealed record PayloadFile(string Path, Func<Stream> Content, bool IsExecutable)
{
    /// <summary>What comes behind its bytes: a customer's seal; else nothing.</summary>
    public byte[] Trailer { get; init; } = [];

    /// <summary>Its bytes as <see cref="PayloadWriter.Pack"/> compressed them before; null: they are compressed now.</summary>
    public PackedContent? Packed { get; init; }
}

/// <summary>A file's bytes, compressed.</summary>
/// <param name="Size">How many bytes the file has.</param>
/// <param name="Sha256">Their digest, lower-case hexadecimal digits.</param>
/// <param name="PackedSha256">The digest of the compressed bytes.</param>
/// <param name="Open">Opens the compressed bytes.</param>
public sealed record PackedContent(long Size, string Sha256, string PackedSha256, Func<Stream> Open);

/// <summary>
/// Writes <c>payload.tar.gz</c>, a ustar archive: the same files give the same bytes, whatever the order, owners or times on disk. Every
/// file's bytes are a gzip member of their own (RFC 1952, 2.2), so that what is the same for all customers is compressed once.
/// </summary>
public static class PayloadWriter
{
    private const int BufferSize = 128 * 1024;

    /// <summary>Writes a payload.</summary>
    /// <param name="payload">Gets the compressed bytes.</param>
    /// <param name="files">The files, in any order, their paths as <see cref="ManifestRules.IsPath"/> wants them.</param>
    /// <param name="progress">Gets the bytes of files read so far; null: nobody is told.</param>
    /// <returns>The files as the manifest lists them.</returns>
    /// <exception cref="IOException">A file cannot be read, or the payload not written.</exception>
    /// <exception cref="InvalidDataException">What was packed before does not have its digest.</exception>
    public static IReadOnlyList<PackagedFile> Write(Stream payload, IEnumerable<PayloadFile> files, IProgress<long>? progress = null)
    {
        var listed = new List<PackagedFile>();
        var block = new byte[UstarHeader.Size];
        var done = 0L;
        foreach (var file in files.OrderBy(file => file.Path, StringComparer.Ordinal))
        {
            // Packed before, its bytes are only needed where something comes behind them: for the digest of both.
            using var content = file.Packed is not null && file.Trailer.Length == 0 ? null : file.Content();
            var size = (file.Packed?.Size ?? content!.Length) + file.Trailer.Length;
            UstarHeader.Write(block, file.Path, size, file.IsExecutable);
            Compress(payload, block);
            var digest = file.Packed is { } packed
                ? CopyPacked(payload, packed, content, file)
                : Compress(payload, content!, file, read => progress?.Report(done += read));
            block.AsSpan().Clear();
            Compress(payload, [.. file.Trailer, .. block.AsSpan(0, UstarHeader.Padding(size))]);
            listed.Add(
                new PackagedFile
                {
                    Path = file.Path,
                    Sha256 = digest,
                    Size = size,
                    Mode = file.IsExecutable ? "0755" : "0644",
                }
            );
        }

        Compress(payload, new byte[2 * UstarHeader.Size]);
        return listed;
    }

    /// <summary>Compresses a file's bytes, to be written into any number of payloads.</summary>
    /// <param name="content">The bytes, from their beginning.</param>
    /// <param name="packed">Gets the compressed bytes: empty, readable and seekable.</param>
    /// <param name="open">Opens what <paramref name="packed"/> got, as long as what is returned is used.</param>
    /// <returns>What was compressed.</returns>
    /// <exception cref="IOException">The bytes cannot be read or written.</exception>
    public static PackedContent Pack(Stream content, Stream packed, Func<Stream> open)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(packed);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var size = Compress(packed, content, "The file", hash, static _ => { });
        packed.Position = 0;
        var packedDigest = Convert.ToHexStringLower(SHA256.HashData(packed));
        return new PackedContent(size, Digest(hash), packedDigest, open);
    }

    private static void Compress(Stream payload, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        using var gzip = Gzip(payload);
        gzip.Write(bytes);
    }

    private static string Compress(Stream payload, Stream content, PayloadFile file, Action<int> report)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Compress(payload, content, file.Path, hash, report);
        hash.AppendData(file.Trailer);
        return Digest(hash);
    }

    private static long Compress(Stream payload, Stream content, string name, IncrementalHash hash, Action<int> report)
    {
        using var gzip = Gzip(payload);
        return Read(content, content.Length, name, piece =>
        {
            hash.AppendData(piece);
            gzip.Write(piece);
            report(piece.Length);
        });
    }

    private static string CopyPacked(Stream payload, PackedContent packed, Stream? content, PayloadFile file)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using (var bytes = packed.Open())
        {
            Read(bytes, bytes.Length, file.Path, piece =>
            {
                hash.AppendData(piece);
                payload.Write(piece);
            });
        }

        if (Digest(hash) != packed.PackedSha256)
            throw new InvalidDataException($"The compressed bytes of {file.Path} are damaged");
        if (content is null)
            return packed.Sha256;
        _ = hash.GetHashAndReset();
        Read(content, packed.Size, file.Path, piece => hash.AppendData(piece));
        if (Digest(hash) != packed.Sha256)
            throw new InvalidDataException($"The bytes of {file.Path} are damaged");
        hash.AppendData(file.Trailer);
        return Digest(hash);
    }

    private static long Read(Stream content, long length, string name, Action<ReadOnlySpan<byte>> take)
    {
        var buffer = new byte[(int)Math.Min(BufferSize, length)];
        for (var left = length; left > 0; )
        {
            var read = content.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
            if (read == 0)
                throw new EndOfStreamException($"{name} became shorter while it was read");
            take(buffer.AsSpan(0, read));
            left -= read;
        }

        return length;
    }

    private static GZipStream Gzip(Stream payload) => new(payload, CompressionLevel.Optimal, leaveOpen: true);

    private static string Digest(IncrementalHash hash) => Convert.ToHexStringLower(hash.GetCurrentHash());
}
