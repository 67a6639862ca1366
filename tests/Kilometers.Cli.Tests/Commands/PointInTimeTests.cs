using System.Globalization;
using Kilometers.Cli.Commands;

namespace Kilometers.Cli.Tests.Commands;

public sealed class PointInTimeTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData("0s", "2026-01-02T03:04:05Z")]
    [InlineData("90s", "2026-01-02T03:02:35Z")]
    [InlineData("30m", "2026-01-02T02:34:05Z")]
    [InlineData("2h", "2026-01-02T01:04:05Z")]
    [InlineData("7d", "2025-12-26T03:04:05Z")]
    [InlineData("2025-11-01", "2025-11-01T00:00:00Z")]
    [InlineData("2025-11-01T08:30", "2025-11-01T08:30:00Z")]
    [InlineData("2025-11-01T08:30:15", "2025-11-01T08:30:15Z")]
    [InlineData("2025-11-01T08:30:15Z", "2025-11-01T08:30:15Z")]
    [InlineData("2025-11-01T08:30:15.5+02:00", "2025-11-01T06:30:15.5Z")]
    public void TryParse_Time_IsThatTime(string text, string expected)
    {
        Assert.True(PointInTime.TryParse(text, out var time));
        Assert.Equal(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture), time!.Before(Now));
    }

    [Theory]
    [InlineData("")]
    [InlineData("h")]
    [InlineData("2")]
    [InlineData("-2h")]
    [InlineData("2 h")]
    [InlineData("2w")]
    [InlineData("1.5h")]
    [InlineData("99999999999d")]
    [InlineData("40000d")]
    [InlineData("yesterday")]
    [InlineData("2025-13-01")]
    [InlineData("01.11.2025")]
    public void TryParse_AnythingElse_IsNone(string text)
    {
        Assert.False(PointInTime.TryParse(text, out var time));
        Assert.Null(time);
    }
}
