using System.CommandLine;

namespace Kilometers.Cli.Commands;

/// <summary>An option that takes a point in time.</summary>
internal static class TimeOption
{
    public static Option<PointInTime?> Create(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "TIME",
            CustomParser = result =>
            {
                if (PointInTime.TryParse(result.Tokens[0].Value, out var time))
                    return time;
                result.AddError(
                    $"{name}: '{result.Tokens[0].Value}' is not a time. Examples: 30m, 2h, 7d, 2026-11-01, 2026-11-01T08:30:00Z"
                );
                return null;
            },
        };
}
