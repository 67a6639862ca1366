using Kilometers.Contracts;

namespace Kilometers.Packaging.Archive;

/// <summary>
/// Reads a package from front to back, once, trusting no size but those within the limits: it never holds more than the attestation and
/// the chain, and stops at the first byte that is not as it must be.
/// </summary>
internal sealed class PackageReader(Stream package)
{
    /// <summary>The size that the payload's header gives. Still to be compared with the signed one.</summary>
    public long PayloadSize { get; private set; }

    /// <summary>Reads everything before the payload's bytes.</summary>
    /// <exception cref="PackageFormatException">It is not a package.</exception>
    public (byte[] Attestation, byte[] Chain) ReadFront()
    {
        var version = ReadMember(PackageWriter.Members[0], PackageWriter.FormatVersion.Length);
        if (!version.AsSpan().SequenceEqual("1\n"u8))
            throw new PackageFormatException(ErrorCode.Container, "This is a package of another format than 1; a newer km may read it");
        var attestation = ReadMember(PackageWriter.Members[1], PackageLimits.Attestation);
        var chain = ReadMember(PackageWriter.Members[2], PackageLimits.Chain);
        PayloadSize = ReadHeader(PackageWriter.Members[3], Contracts.Packages.ManifestRules.MaxPayload);
        return (attestation, chain);
    }

    /// <summary>Reads the payload in pieces.</summary>
    public void ReadPayload(Action<ReadOnlySpan<byte>> take, CancellationToken cancellationToken)
    {
        var buffer = new byte[128 * 1024];
        for (var left = PayloadSize; left > 0; )
        {
            cancellationToken.ThrowIfCancellationRequested();
            var piece = buffer.AsSpan(0, (int)Math.Min(left, buffer.Length));
            ReadExactly(piece);
            take(piece);
            left -= piece.Length;
        }
    }

    /// <summary>Reads what stands behind the payload: zeros, and nothing behind them.</summary>
    public void ReadEnd()
    {
        ReadZeros(UstarHeader.Padding(PayloadSize) + (2 * UstarHeader.Size));
        Span<byte> more = stackalloc byte[1];
        if (package.Read(more) != 0)
            throw new PackageFormatException(ErrorCode.Container, "There is something behind the package's end");
    }

    private byte[] ReadMember(string name, int limit)
    {
        var content = new byte[ReadHeader(name, limit)];
        ReadExactly(content);
        ReadZeros(UstarHeader.Padding(content.Length));
        return content;
    }

    private long ReadHeader(string name, long limit)
    {
        Span<byte> header = stackalloc byte[UstarHeader.Size];
        ReadExactly(header);
        var size = UstarHeader.Read(header, name);
        if (size < 0)
            throw new PackageFormatException(
                ErrorCode.Container,
                $"The member '{name}' is not where it must be, or its header is not of the known form"
            );
        if (size > limit)
            throw new PackageFormatException(ErrorCode.PackageTooLarge, $"The member '{name}' is larger than {limit} bytes");
        return size;
    }

    private void ReadZeros(int count)
    {
        Span<byte> zeros = stackalloc byte[3 * UstarHeader.Size];
        ReadExactly(zeros[..count]);
        if (zeros[..count].ContainsAnyExcept((byte)0))
            throw new PackageFormatException(ErrorCode.Container, "The space between the package's members is not empty");
    }

    private void ReadExactly(Span<byte> into)
    {
        if (package.ReadAtLeast(into, into.Length, throwOnEndOfStream: false) < into.Length)
            throw new PackageFormatException(ErrorCode.PackageTruncated, "The package is truncated");
    }
}
