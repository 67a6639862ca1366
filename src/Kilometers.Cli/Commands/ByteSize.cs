using System.Globalization;

namespace Kilometers.Cli.Commands;

/// <summary>Sizes as people write them: <c>512KB</c>, <c>16MB</c>, <c>1 GB</c>, <c>65536</c>. 1 KB is 1,024 bytes.</summary>
internal static class ByteSize
{
    private static readonly (string Unit, long Factor)[] Units =
    [
        ("GB", 1L << 30),
        ("MB", 1L << 20),
        ("KB", 1L << 10),
        ("G", 1L << 30),
        ("M", 1L << 20),
        ("K", 1L << 10),
        ("B", 1),
        ("", 1),
    ];

    /// <param name="text">The text.</param>
    /// <param name="bytes">1 to 1 TB; 0 if it is none.</param>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        foreach (var (unit, factor) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.OrdinalIgnoreCase))
                continue;
            var number = text.AsSpan(0, text.Length - unit.Length).Trim();
            if (
                !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                || count < 1
                || count > (1L << 40) / factor
            )
                return false;
            bytes = count * factor;
            return true;
        }

        return false;
    }
}
