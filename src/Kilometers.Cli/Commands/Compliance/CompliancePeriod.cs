using Kilometers.Cli.Output;
using Kilometers.Contracts;

namespace Kilometers.Cli.Commands.Compliance;

/// <summary>A period in UTC: the beginning belongs to it, the end does not, so that two that follow each other have nothing in common and no gap.</summary>
internal sealed record CompliancePeriod(DateTimeOffset Since, DateTimeOffset Until)
{
    private const int DefaultDays = 30;

    /// <summary>
    /// The period that options name. Times that count back from now are rounded down to their own unit, and the default end is that of today,
    /// so that the same command means the same period a moment later.
    /// </summary>
    /// <exception cref="KmException"><c>CFG_ARG_001</c>: it ends before it begins.</exception>
    public static CompliancePeriod Of(PointInTime? since, PointInTime? until, DateTimeOffset now)
    {
        var today = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero);
        var end = until?.RoundedBefore(now) ?? today.AddDays(1);
        var start = since?.RoundedBefore(now) ?? (until is null ? today : end).AddDays(-DefaultDays);
        return start < end
            ? new(start, end)
            : throw new KmException(
                new KmError(
                    ErrorCode.InvalidArguments,
                    "The period ends before it begins",
                    $"--since is {AuditTable.Time(start)}, and --until is {AuditTable.Time(end)}.",
                    "Example: km compliance --since 2026-11-01 --until 2026-12-01"
                )
            );
    }

    public bool Contains(DateTimeOffset time) => time >= Since && time < Until;

    public override string ToString() => $"{AuditTable.Time(Since)} to {AuditTable.Time(Until)}, the end not included";
}
