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

    private PointInTime(TimeSpan? ago, DateTimeOffset time)
    {
        _ago = ago;
        _time = time;
    }

    /// <param name="text">The text.</param>
    /// <param name="time">The time; null if it is none.</param>
    public static bool TryParse(string text, out PointInTime? time)
    {
        time = null;
        if (DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var exact))
            time = new PointInTime(null, exact);
        else if (
            text.Length > 1
            && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count <= 36_500
        )
        {
            time = text[^1] switch
            {
                's' => new PointInTime(TimeSpan.FromSeconds(count), default),
                'm' => new PointInTime(TimeSpan.FromMinutes(count), default),
                'h' => new PointInTime(TimeSpan.FromHours(count), default),
                'd' => new PointInTime(TimeSpan.FromDays(count), default),
                _ => null,
            };
        }

        return time is not null;
    }

    /// <summary>The time that is meant at <paramref name="now"/>.</summary>
    public DateTimeOffset Before(DateTimeOffset now) => _ago is { } ago ? now - ago : _time;
}
