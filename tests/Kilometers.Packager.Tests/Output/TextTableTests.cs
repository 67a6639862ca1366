using CsCheck;
using Kilometers.Packager.Output;

namespace Kilometers.Packager.Tests.Output;

public sealed class TextTableTests
{
    [Fact]
    public void Format_NarrowTerminal_WrapsTheLastColumnAtWords() =>
        Assert.Equal(
            ["GATE       WHAT", "container  one two three four", "           five six seven"],
            TextTable.Format(
                [
                    ["GATE", "WHAT"],
                    ["container", "one two three four five six seven"],
                ],
                31
            )
        );

    [Fact]
    public void Format_AnyText_FitsAndLosesNoWord() =>
        Gen.Select(Gen.String[Gen.Char["ab "], 0, 80], Gen.Int[25, 60])
            .Sample(
                (text, width) =>
                {
                    var lines = TextTable
                        .Format(
                            [
                                ["x", text],
                            ],
                            width
                        )
                        .ToList();
                    Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
                    Assert.Equal(
                        text.Replace(" ", "", StringComparison.Ordinal),
                        string.Concat(lines)[1..].Replace(" ", "", StringComparison.Ordinal)
                    );
                }
            );

    [Fact]
    public void Format_NoRows_IsNothing() => Assert.Empty(TextTable.Format([], 80));
}
