using System.Text.Json;
using Kilometers.Cli.Output;
using Kilometers.Packaging.Verification;

namespace Kilometers.Packager.Output;

/// <summary>Shows what became of a verification: a table for people, JSON for programs.</summary>
internal static class PackageReports
{
    public static PackageReport Of(string file, PackageVerification verification) =>
        new()
        {
            File = file,
            Verified = verification.IsVerified,
            Gates =
            [
                .. verification.Gates.Select(gate => new GateReport(
                    Word(gate.Gate.ToString()),
                    Word(gate.Outcome.ToString()),
                    gate.Detail
                )),
            ],
            Error = verification.Error,
            Signer = verification.Signer is not { } signer
                ? null
                : new SignerReport(
                    signer.Name,
                    signer.Serials,
                    signer.NotAfter.ToUniversalTime(),
                    signer.Root.Source,
                    signer.Root.Fingerprint,
                    signer.Root.IsDevelopment
                ),
        };

    public static string ToJson(PackageReport report) => JsonSerializer.Serialize(report, OutputJsonContext.Default.PackageReport);

    /// <summary>The gates as a table that fits the terminal.</summary>
    public static void PrintGates(PackageVerification verification)
    {
        string[][] rows =
        [
            ["GATE", "OUTCOME", "WHAT WAS FOUND"],
            .. verification.Gates.Select(gate => new[] { Word(gate.Gate.ToString()), Outcome(gate.Outcome), gate.Detail }),
        ];
        foreach (var line in TextTable.Format(rows, TextTable.TerminalWidth))
            Console.Out.WriteLine(line);
    }

    /// <summary>Prints why it failed, if it did.</summary>
    /// <returns>The exit status.</returns>
    public static int Conclude(PackageVerification verification, StandardError errors) =>
        verification.Error is { } error ? errors.Report(error)
        : verification.IsVerified ? 0
        : 1;

    private static string Outcome(GateOutcome outcome) =>
        outcome switch
        {
            GateOutcome.Passed => "passed",
            GateOutcome.Failed => "FAILED",
            _ => "not reached",
        };

    private static string Word(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}
