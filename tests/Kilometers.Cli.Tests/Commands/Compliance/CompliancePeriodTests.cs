using Kilometers.Cli.Commands;
using Kilometers.Cli.Commands.Compliance;
using Kilometers.Contracts;

namespace Kilometers.Cli.Tests.Commands.Compliance;

public sealed class CompliancePeriodTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 1, 2, 3, TimeSpan.FromHours(2));

    [Theory]
    [InlineData(null, null, "2026-10-30 00:00:00Z", "2026-11-30 00:00:00Z")]
    [InlineData("7d", null, "2026-11-22 00:00:00Z", "2026-11-30 00:00:00Z")]
    [InlineData("2h", null, "2026-11-29 21:00:00Z", "2026-11-30 00:00:00Z")]
    [InlineData("2026-11-01", "2026-12-01", "2026-11-01 00:00:00Z", "2026-12-01 00:00:00Z")]
    [InlineData("2026-11-01T01:00+03:00", "1h", "2026-10-31 22:00:00Z", "2026-11-29 22:00:00Z")]
    [InlineData(null, "2026-03-01", "2026-01-30 00:00:00Z", "2026-03-01 00:00:00Z")]
    public void Of_Options_AreWholeUnitsOfUtc(string? since, string? until, string start, string end)
    {
        var period = CompliancePeriod.Of(Time(since), Time(until), Now);
        Assert.Equal($"{start} to {end}, the end not included", period.ToString());
        Assert.Equal(period, CompliancePeriod.Of(Time(since), Time(until), Now.AddSeconds(40)));
    }

    [Fact]
    public void Of_AnEndBeforeTheBeginning_IsAMistake() =>
        Assert.Equal(
            ErrorCode.InvalidArguments,
            Assert.Throws<KmException>(() => CompliancePeriod.Of(Time("2026-12-01"), Time("2026-12-01"), Now)).Error.Code
        );

    private static PointInTime? Time(string? text)
    {
        if (text is null)
            return null;
        Assert.True(PointInTime.TryParse(text, out var time));
        return time;
    }
}
