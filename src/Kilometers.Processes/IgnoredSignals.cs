using System.Globalization;

namespace Kilometers.Processes;

/// <summary>Which signals this process was told to ignore by whoever started it. A child inherits that.</summary>
public static class IgnoredSignals
{
    private const string Field = "SigIgn:";

    private static readonly Lazy<ulong> Mask = new(ReadMask);

    /// <summary>Whether a signal was ignored when this was first asked: ask before a handler is installed. Linux only; elsewhere false.</summary>
    /// <param name="signal">The signal's number, 1 to 64.</param>
    public static bool Contains(int signal)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(signal, 1);
        return (Mask.Value & (1UL << (signal - 1))) != 0;
    }

    private static ulong ReadMask()
    {
        if (!OperatingSystem.IsLinux()) return 0;
        var line = File.ReadLines("/proc/self/status").FirstOrDefault(text => text.StartsWith(Field, StringComparison.Ordinal));
        return line is not null && ulong.TryParse(line.AsSpan(Field.Length).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var mask) ? mask : 0;
    }
}
