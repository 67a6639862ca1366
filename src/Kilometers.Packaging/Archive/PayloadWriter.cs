using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using Kilometers.Contracts.Packages;

namespace Kilometers.Packaging.Archive;

/// <summary>One file to be packed.</summary>
/// <param name="Path">Its path within the payload.</param>
/// <param name="Content">Its bytes, read once from the beginning.</param>
/// <param name="IsExecutable">Whether its mode is 0755, else 0644.</param>
public sealed record PayloadFile(string Path, Func<Stream> Content, bool IsExecutable);

/// <summary>Writes <c>payload.tar.gz</c>: the same files give the same bytes, whatever the order, owners or times on disk.</summary>
public static class PayloadWriter
{
    /// <summary>Writes a payload.</summary>
    /// <param name="payload">Gets the compressed bytes.</param>
    /// <param name="files">The files, in any order.</param>
    /// <returns>The files as the manifest lists them.</returns>
    public static IReadOnlyList<PackagedFile> Write(Stream payload, IEnumerable<PayloadFile> files)
    {
        var listed = new List<PackagedFile>();
        using var gzip = new GZipStream(payload, CompressionLevel.Optimal, leaveOpen: true);
        using var tar = new TarWriter(gzip, TarEntryFormat.Ustar, leaveOpen: true);
        foreach (var file in files.OrderBy(file => file.Path, StringComparer.Ordinal))
        {
            using var content = file.Content();
            var digest = SHA256.HashData(content);
            content.Position = 0;
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, file.Path)
            {
                DataStream = content,
                Mode = (UnixFileMode)Convert.ToInt32(Mode(file), 8),
                ModificationTime = DateTimeOffset.UnixEpoch,
            });
            listed.Add(new PackagedFile { Path = file.Path, Sha256 = Convert.ToHexStringLower(digest), Size = content.Length, Mode = Mode(file) });
        }

        return listed;
    }

    private static string Mode(PayloadFile file) => file.IsExecutable ? "0755" : "0644";
}
