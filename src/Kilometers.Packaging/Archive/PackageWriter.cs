using System.Text;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;

namespace Kilometers.Packaging.Archive;

/// <summary>Writes the four members of a package.</summary>
public static class PackageWriter
{
    /// <summary>The content of the first member.</summary>
    public const string FormatVersion = "1\n";

    internal static readonly string[] Members = ["kmpkg", "attestation.dsse.json", "chain.pem", PackageStatement.SubjectName];

    /// <summary>Writes a package.</summary>
    /// <param name="package">Gets the bytes.</param>
    /// <param name="attestation">The envelope.</param>
    /// <param name="chain">The signer's certificates, PEM.</param>
    /// <param name="payload">The compressed payload, from its current position.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <exception cref="PackageFormatException">A member is too large.</exception>
    /// <exception cref="IOException">The payload ends early, or the package cannot be written.</exception>
    public static void Write(Stream package, ReadOnlySpan<byte> attestation, ReadOnlySpan<byte> chain, Stream payload, long size)
    {
        if (attestation.Length > PackageLimits.Attestation || chain.Length > PackageLimits.Chain)
            throw new PackageFormatException(ErrorCode.PackageTooLarge, "The attestation or the chain is too large for a package");
        WriteMember(package, Members[0], Encoding.ASCII.GetBytes(FormatVersion));
        WriteMember(package, Members[1], attestation);
        WriteMember(package, Members[2], chain);
        WriteHeader(package, Members[3], size);
        CopyPayload(package, payload, size);
        WritePadding(package, size);
        package.Write(stackalloc byte[2 * UstarHeader.Size]);
    }

    /// <summary>The name of a package's file.</summary>
    /// <param name="plugin">The plugin's name.</param>
    /// <param name="payloadDigest">SHA-256 of the payload in hexadecimal digits.</param>
    /// <returns><c>km-plugin-NAME-HASH.kmpkg</c>, HASH the digest's first 8 digits; <c>km-HASH.kmpkg</c> for km itself.</returns>
    public static string FileName(string plugin, string payloadDigest) =>
        $"{(plugin == KmRelease.Name ? plugin : $"km-plugin-{plugin}")}-{payloadDigest[..8]}.kmpkg";

    private static void CopyPayload(Stream package, Stream payload, long size)
    {
        var buffer = new byte[128 * 1024];
        for (var left = size; left > 0; )
        {
            var read = payload.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
            if (read == 0)
                throw new EndOfStreamException("The payload is shorter than its size");
            package.Write(buffer, 0, read);
            left -= read;
        }
    }

    private static void WriteMember(Stream package, string name, ReadOnlySpan<byte> content)
    {
        WriteHeader(package, name, content.Length);
        package.Write(content);
        WritePadding(package, content.Length);
    }

    private static void WriteHeader(Stream package, string name, long size)
    {
        Span<byte> header = stackalloc byte[UstarHeader.Size];
        UstarHeader.Write(header, name, size);
        package.Write(header);
    }

    private static void WritePadding(Stream package, long size)
    {
        Span<byte> zeros = stackalloc byte[UstarHeader.Size];
        package.Write(zeros[..UstarHeader.Padding(size)]);
    }
}
