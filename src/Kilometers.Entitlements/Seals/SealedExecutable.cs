using System.Buffers.Binary;

namespace Kilometers.Entitlements.Seals;

/// <summary>
/// Where a seal is kept: at the end of an ELF or PE executable, where loaders do not look; of anything else (a script, a signed macOS
/// binary) in a file <c>km.seal</c> beside it. Layout at the end: the seal, its length (4 bytes, little-endian), the 8 bytes <c>KM-SEAL1</c>.
/// </summary>
public static class SealedExecutable
{
    /// <summary>The file beside an executable that nothing can be appended to.</summary>
    public const string FileName = "km.seal";

    /// <summary>The largest seal in bytes.</summary>
    public const int MaxSize = 8 * 1024;

    /// <summary>How many bytes at the end of an executable are enough to find its seal.</summary>
    public const int TailSize = MaxSize + 12;

    private static ReadOnlySpan<byte> Magic => "KM-SEAL1"u8;

    /// <summary>Where the file <see cref="FileName"/> of an executable is.</summary>
    /// <param name="executable">The executable's path, relative or not, with <c>/</c>.</param>
    /// <returns>The path in the same folder.</returns>
    public static string FileBeside(string executable)
    {
        ArgumentNullException.ThrowIfNull(executable);
        return executable[..(executable.LastIndexOf('/') + 1)] + FileName;
    }

    /// <summary>Whether a seal can be appended to an executable.</summary>
    /// <param name="beginning">Its first bytes, at least 4.</param>
    /// <returns>True for ELF and PE.</returns>
    public static bool CanAppend(ReadOnlySpan<byte> beginning) => beginning.StartsWith("\u007fELF"u8) || beginning.StartsWith("MZ"u8);

    /// <summary>What to append to an executable.</summary>
    /// <param name="seal">The signed seal.</param>
    /// <returns>The bytes.</returns>
    public static byte[] Trailer(ReadOnlySpan<byte> seal)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(seal.Length, MaxSize);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, seal.Length);
        return [.. seal, .. length, .. Magic];
    }

    /// <summary>Finds the seal at the end of an executable.</summary>
    /// <param name="tail">Its last <see cref="TailSize"/> bytes, or all.</param>
    /// <returns>The signed seal; empty if there is none.</returns>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> tail)
    {
        if (tail.Length < 12 || !tail.EndsWith(Magic))
            return [];
        var length = BinaryPrimitives.ReadInt32LittleEndian(tail[^12..]);
        return length is > 0 and <= MaxSize && length <= tail.Length - 12 ? tail[^(length + 12)..^12] : [];
    }

    /// <summary>Reads the seal of the executable that is running, or of another.</summary>
    /// <param name="executable">Its path.</param>
    /// <returns>The seal; null if there is none that holds.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static CustomerSeal? Read(string executable)
    {
        using var file = File.OpenRead(executable);
        var tail = new byte[Math.Min(file.Length, TailSize)];
        file.Position = file.Length - tail.Length;
        file.ReadExactly(tail);
        var seal = Find(tail);
        if (!seal.IsEmpty)
            return CustomerSeal.Read(seal);
        var beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(executable))!, FileName);
        return File.Exists(beside) && new FileInfo(beside).Length <= MaxSize ? CustomerSeal.Read(File.ReadAllBytes(beside)) : null;
    }
}
