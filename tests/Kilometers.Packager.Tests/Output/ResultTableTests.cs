using Kilometers.Packager.Conformance;
using Kilometers.Packager.Output;

namespace Kilometers.Packager.Tests.Output;

public sealed class ResultTableTests
{
    private static readonly CheckResult[] Results =
    [
        new()
        {
            Name = "handshake",
            Contract = 2,
            Outcome = CheckOutcome.Passed,
            Seen = "contract 2, gRPC with AutoMTLS",
            Duration = TimeSpan.FromMilliseconds(12.4),
        },
        new()
        {
            Name = "session",
            Contract = 2,
            Outcome = CheckOutcome.Failed,
            Seen = "the plugin ended with exit code 3, at tools/call 7",
            Details = ["| last words\e[2J"],
            Duration = TimeSpan.FromSeconds(1.24),
        },
        new()
        {
            Name = "SIGTERM",
            Outcome = CheckOutcome.Skipped,
            Seen = "it did not start",
        },
    ];

    [Fact]
    public void Format_WideTerminal_HasOneRowPerCheckAndTheDetailsBelow() =>
        Assert.Equal(
            [
                "  passed   handshake v2    12 ms  contract 2, gRPC with AutoMTLS",
                "  FAILED   session v2      1.2 s  the plugin ended with exit code 3, at tools/call 7",
                "                                  | last words?[2J",
                "  skipped  SIGTERM                it did not start",
            ],
            ResultTable.Format(Results, 120, colors: false)
        );

    [Theory]
    [InlineData(120)]
    [InlineData(80)]
    [InlineData(60)]
    [InlineData(40)]
    public void Format_AnyWidth_FitsAndLosesNoWord(int width)
    {
        var lines = ResultTable.Format(Results, width, colors: false).ToList();
        Assert.All(lines, line => Assert.InRange(line.Length, 1, width));
        var words = string.Join(' ', lines).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Superset(Results.SelectMany(result => result.Seen.Split(' ')).ToHashSet(), words.ToHashSet());
    }

    [Fact]
    public void Format_Colors_AreOnOutcomesOnly()
    {
        var lines = ResultTable.Format(Results, 120, colors: true).ToList();
        Assert.StartsWith("  \e[32mpassed \e[0m  handshake", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("  \e[31mFAILED \e[0m  session", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain('\e', lines[2]);
    }

    [Theory]
    [InlineData("", 5, "")]
    [InlineData("a b c", 5, "a b c")]
    [InlineData("aa bb cc", 5, "aa bb/cc")]
    [InlineData("abcdefgh", 3, "abc/def/gh")]
    [InlineData("ab\U0001F600cd", 3, "ab/\U0001F600c/d")]
    public void Wrap_Text_BreaksAtSpacesElseAnywhere(string text, int width, string expected) =>
        Assert.Equal(expected.Split('/'), ResultTable.Wrap(text, width));

    [Fact]
    public void Summary_Results_CountsEachOutcome() =>
        Assert.Equal("1 passed, 1 failed, 1 skipped, in 2.5 s", ResultTable.Summary(Results, TimeSpan.FromSeconds(2.5)));

    [Fact]
    public void Outcome_Default_IsAFailure() => Assert.Equal(CheckOutcome.Failed, default);
}
