using System.Text.Json.Serialization;
using Kilometers.Files;
using Kilometers.Plugin.Sdk.Redaction;

namespace Kilometers.Cli.Commands.Doctor;

/// <summary>What <c>km doctor --json</c> prints. Safe to paste into an issue: no secret and no user name is in it.</summary>
internal sealed record DoctorReport
{
    public int Version { get; init; } = 1;

    public required DateTimeOffset At { get; init; }

    /// <summary>The version of km.</summary>
    public required string Km { get; init; }

    /// <summary>The worst of the findings.</summary>
    public required Severity Outcome { get; init; }

    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>1 if anything is an error, else 0.</summary>
    [JsonIgnore]
    public int ExitStatus => Outcome == Severity.Error ? 1 : 0;

    public static DoctorReport Of(IReadOnlyList<Finding> findings, DateTimeOffset at)
    {
        var outcome =
            findings.Any(finding => finding.Severity == Severity.Error) ? Severity.Error
            : findings.Any(finding => finding.Severity == Severity.Warning) ? Severity.Warning
            : Severity.Ok;
        var redactor = new Redactor();
        var home = UserHome.Find();
        return new()
        {
            At = at,
            Km = RootCommandLine.Version,
            Outcome = outcome,
            Findings =
            [
                .. findings.Select(finding =>
                    finding with
                    {
                        Summary = Clean(finding.Summary)!,
                        Detail = Clean(finding.Detail),
                        Hint = Clean(finding.Hint),
                    }
                ),
            ],
        };

        // The last of three walls: checks name what they found and quote no values; errors of others may.
        string? Clean(string? text) =>
            text is null ? null
            : home is null or "/" ? redactor.Redact(text)
            : redactor.Redact(text).Replace(home, "~", StringComparison.Ordinal);
    }
}
