using System.Globalization;

namespace Kilometers.Cli.Output;

/// <summary>Figures as people read them, in as few characters as they need. ASCII only: they stand in tables of any terminal.</summary>
internal static class Units
{
    /// <summary>What is not known.</summary>
    public const string None = "-";

    public static string Bytes(long? bytes) =>
        bytes switch
        {
            null => None,
            < 1000 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
            < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0} kB"),
            < 10_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB"),
            < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0} MB"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB"),
        };

    public static string Milliseconds(double? milliseconds) =>
        milliseconds switch
        {
            null => None,
            < 10 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.0} ms"),
            < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0} ms"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000:0} s"),
        };

    public static string Rate(double? perSecond) =>
        perSecond switch
        {
            null => None,
            0 => "0",
            < 10 => string.Create(CultureInfo.InvariantCulture, $"{perSecond:0.0}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{perSecond:0}"),
        };

    public static string Percent(double? percent) =>
        percent is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known:0.#} %") : None;

    public static string Count(long? count) => count?.ToString(CultureInfo.InvariantCulture) ?? None;

    /// <summary>A number of things: 1 call, 2 calls.</summary>
    public static string Many(long count, string noun) => $"{Count(count)} {noun}{(count == 1 ? "" : "s")}";

    /// <summary>When something was, on this machine's clock.</summary>
    public static string Time(DateTimeOffset time) => time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>How long ago, or for how long.</summary>
    public static string Span(TimeSpan time) =>
        time switch
        {
            { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, time.TotalSeconds):0} s"),
            { TotalMinutes: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} min"),
            { TotalHours: < 48 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes} min"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalDays:0} d"),
        };
}
