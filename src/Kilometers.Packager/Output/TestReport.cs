using System.Text.Json;
using System.Text.Json.Serialization;
using Kilometers.Packager.Conformance;

namespace Kilometers.Packager.Output;

/// <summary>The results of a test as data: what <c>kmpkg test --json</c> prints.</summary>
internal sealed record TestReport
{
    /// <summary>The executable's absolute path.</summary>
    public required string Plugin { get; init; }

    public required int Passed { get; init; }

    public required int Failed { get; init; }

    public required int Skipped { get; init; }

    public required double Milliseconds { get; init; }

    public required IReadOnlyList<TestReportCheck> Checks { get; init; }

    public static TestReport Create(string plugin, IReadOnlyList<CheckResult> results, TimeSpan taken)
    {
        int Count(CheckOutcome outcome) => results.Count(result => result.Outcome == outcome);
        return new TestReport
        {
            Plugin = plugin,
            Passed = Count(CheckOutcome.Passed),
            Failed = Count(CheckOutcome.Failed),
            Skipped = Count(CheckOutcome.Skipped),
            Milliseconds = Math.Round(taken.TotalMilliseconds, 1),
            Checks =
            [
                .. results.Select(result => new TestReportCheck
                {
                    Name = result.Name,
                    Contract = result.Contract == 0 ? null : result.Contract,
                    Outcome = result.Outcome switch
                    {
                        CheckOutcome.Passed => "passed",
                        CheckOutcome.Skipped => "skipped",
                        _ => "failed",
                    },
                    Seen = result.Seen,
                    Details = result.Details,
                    Milliseconds = Math.Round(result.Duration.TotalMilliseconds, 1),
                }),
            ],
        };
    }

    public string ToJson() => JsonSerializer.Serialize(this, TestReportJsonContext.Default.TestReport);
}

/// <summary>One check.</summary>
internal sealed record TestReportCheck
{
    /// <summary>One of <see cref="CheckName"/>.</summary>
    public required string Name { get; init; }

    /// <summary>The contract's version; null: any.</summary>
    public required int? Contract { get; init; }

    /// <summary><c>passed</c>, <c>failed</c> or <c>skipped</c>.</summary>
    public required string Outcome { get; init; }

    public required string Seen { get; init; }

    public required IReadOnlyList<string> Details { get; init; }

    public required double Milliseconds { get; init; }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(TestReport))]
internal sealed partial class TestReportJsonContext : JsonSerializerContext;
