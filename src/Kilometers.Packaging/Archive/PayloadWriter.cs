using System.IO.Compression;
using System.Security.Cryptography;
using Kilometers.Contracts.Packages;

namespace Kilometers.Packaging.Archive;

/// <summary>One file to be packed.</summary>
/// <param name="Path">Its path within the payload.</param>
/// <param name="Content">Its bytes; opened once, with a known length.</param>
/// <param name="IsExecutable">Whether its mode is 0755, else 0644.</param>
public sealed record PayloadFile(string Path, Func<Stream> Content, bool IsExecutable)
{
    /// <summary>What comes behind its bytes: a customer's seal; else nothing.</summary>
    public byte[] Trailer { get; init; } = [];
}

/// <summary>Writes <c>payload.tar.gz</c>, a ustar archive: the same files give the same bytes, whatever the order, owners or times on disk.</summary>
public static class PayloadWriter
{
    /// <summary>Writes a payload.</summary>
    /// <param name="payload">Gets the compressed bytes.</param>
    /// <param name="files">The files, in any order, their paths as <see cref="ManifestRules.IsPath"/> wants them.</param>
    /// <param name="compression">How hard to compress; the same level gives the same bytes.</param>
    /// <param name="progress">Gets the bytes of files read so far; null: nobody is told.</param>
    /// <returns>The files as the manifest lists them.</returns>
    /// <exception cref="IOException">A file cannot be read, or the payload not written.</exception>
    public static IReadOnlyList<PackagedFile> Write(Stream payload, IEnumerable<PayloadFile> files, CompressionLevel compression, IProgress<long>? progress = null)
    {
        var listed = new List<PackagedFile>();
        using var gzip = new GZipStream(payload, compression, leaveOpen: true);
        var block = new byte[UstarHeader.Size];
        var done = 0L;
        foreach (var file in files.OrderBy(file => file.Path, StringComparer.Ordinal))
        {
            using var content = file.Content();
            var size = content.Length + file.Trailer.Length;
            UstarHeader.Write(block, file.Path, size, file.IsExecutable);
            gzip.Write(block);
            var digest = Copy(content, file, gzip, read => progress?.Report(done += read));
            block.AsSpan().Clear();
            gzip.Write(block.AsSpan(0, UstarHeader.Padding(size)));
            listed.Add(new PackagedFile { Path = file.Path, Sha256 = digest, Size = size, Mode = file.IsExecutable ? "0755" : "0644" });
        }

        block.AsSpan().Clear();
        gzip.Write(block);
        gzip.Write(block);
        return listed;
    }

    private static string Copy(Stream content, PayloadFile file, GZipStream gzip, Action<int> report)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[128 * 1024];
        for (var left = content.Length; left > 0;)
        {
            var read = content.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
            if (read == 0) throw new EndOfStreamException($"{file.Path} became shorter while it was read");
            hash.AppendData(buffer, 0, read);
            gzip.Write(buffer, 0, read);
            left -= read;
            report(read);
        }

        hash.AppendData(file.Trailer);
        gzip.Write(file.Trailer);
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }
}
