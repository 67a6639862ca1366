using System.Globalization;

namespace Kilometers.Cli.Commands;

/// <summary>Times as people write them: <c>90s</c>, <c>30m</c>, <c>2h</c>, <c>7d</c> ago, <c>2026-11-01</c>, <c>2026-11-01T08:30:00Z</c>. UTC unless an offset is given.</summary>
internal sealed record PointInTime
{
    private static readonly string[] Formats =
    [
        "yyyy-MM-dd",
        "yyyy-MM-dd'T'HH:mm",
        "yyyy-MM-dd'T'HH:mm:ss",
        "yyyy-MM-dd'T'HH:mmK",
        "yyyy-MM-dd'T'HH:mm:ssK",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
    ];

    private readonly TimeSpan? _ago;
    private readonly DateTimeOffset _time;
    private readonly TimeSpan _unit;

    private PointInTime(TimeSpan? ago, DateTimeOffset time, TimeSpan unit)
    {
        _ago = ago;
        _time = time;
        _unit = unit;
    }

    /// <param name="text">The text.</param>
    /// <param name="time">The time; null if it is none.</param>
    public static bool TryParse(string text, out PointInTime? time)
    {
        time = null;
        if (DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var exact))
            time = new PointInTime(null, exact, new TimeSpan(1));
        else if (
            text.Length > 1
            && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count <= 36_500
        )
        {
            TimeSpan? unit = text[^1] switch
            {
                's' => TimeSpan.FromSeconds(1),
                'm' => TimeSpan.FromMinutes(1),
                'h' => TimeSpan.FromHours(1),
                'd' => TimeSpan.FromDays(1),
                _ => null,
            };
            if (unit is { } known)
                time = new PointInTime(known * count, default, known);
        }

        return time is not null;
    }

    /// <summary>The time that is meant at <paramref name="now"/>.</summary>
    public DateTimeOffset Before(DateTimeOffset now) => _ago is { } ago ? now - ago : _time;

    /// <summary>The same in UTC, and rounded down to the unit that it is written in where it counts back: <c>7d</c> ago at midnight.</summary>
    public DateTimeOffset RoundedBefore(DateTimeOffset now)
    {
        var time = Before(now).UtcDateTime;
        return new DateTimeOffset(time.AddTicks(-(time.Ticks % _unit.Ticks)), TimeSpan.Zero);
    }
}
