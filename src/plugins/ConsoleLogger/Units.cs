using System.Globalization;

namespace Kilometers.Plugins.ConsoleLogger;

/// <summary>Sizes and times with three significant digits or so.</summary>
internal static class Units
{
    public static string Bytes(long bytes) =>
        bytes switch
        {
            < 1000 => Text($"{bytes} B"),
            < 1_000_000 => Scaled(bytes, 1e3, "kB"),
            < 1_000_000_000 => Scaled(bytes, 1e6, "MB"),
            _ => Scaled(bytes, 1e9, "GB"),
        };

    public static string Duration(TimeSpan time) =>
        time.TotalMilliseconds switch
        {
            < 1 => Text($"{time.TotalMicroseconds:0} µs"),
            < 10 => Text($"{time.TotalMilliseconds:0.00} ms"),
            < 100 => Text($"{time.TotalMilliseconds:0.0} ms"),
            < 1000 => Text($"{time.TotalMilliseconds:0} ms"),
            < 60_000 => Text($"{time.TotalSeconds:0.00} s"),
            _ => Text($"{Math.Floor(time.TotalMinutes):0} min {time.Seconds} s"),
        };

    private static string Scaled(long bytes, double unit, string name)
    {
        var value = bytes / unit;
        return value < 10 ? Text($"{value:0.0} {name}") : Text($"{value:0} {name}");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
