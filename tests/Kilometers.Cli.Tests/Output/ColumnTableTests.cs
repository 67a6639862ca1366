using Kilometers.Cli.Output;

namespace Kilometers.Cli.Tests.Output;

public sealed class ColumnTableTests
{
    private static readonly Column[] Columns = [new("NAME"), new("STATE"), new("COUNT", 1, true), new("NOTE", 2)];
    private static readonly IReadOnlyList<Cell>[] Rows =
    [
        ["alpha", new Cell("Active", "32"), "7", "first"],
        ["b", new Cell("Error", "31"), "12345", "-"],
    ];

    [Fact]
    public void Format_Pipe_ShowsEverything() =>
        Assert.Equal(
            ["  NAME   STATE   COUNT  NOTE", "  alpha  Active      7  first", "  b      Error   12345  -"],
            ColumnTable.Format(Columns, Rows, 2, null, hasColors: false, "…")
        );

    [Fact]
    public void Format_NarrowTerminal_LeavesOutWhatMattersLeast()
    {
        Assert.Equal(
            ["NAME   STATE   COUNT", "alpha  Active      7", "b      Error   12345"],
            ColumnTable.Format(Columns, Rows, 0, 24, hasColors: false, "…")
        );
        Assert.Equal(["NAME   STATE", "alpha  Active", "b      Error"], ColumnTable.Format(Columns, Rows, 0, 19, hasColors: false, "…"));
    }

    [Theory]
    [InlineData("…", "alpha  Act…")]
    [InlineData("~", "alpha  Act~")]
    public void Format_NarrowerThanWhatMatters_Cuts(string ellipsis, string row) =>
        Assert.Equal(row, ColumnTable.Format(Columns, Rows, 0, 11, hasColors: false, ellipsis)[1]);

    [Fact]
    public void Format_AnyWidth_IsNeverWider()
    {
        for (var width = 10; width < 40; width++)
            Assert.All(ColumnTable.Format(Columns, Rows, 2, width, hasColors: false, "…"), line =>
                Assert.True(line.Length <= width, $"{width}: {line}")
            );
    }

    [Fact]
    public void Format_Colors_StandAroundTheTextAlone() =>
        Assert.Equal("alpha  \u001b[32mActive\u001b[0m      7  first", ColumnTable.Format(Columns, Rows, 0, null, hasColors: true, "…")[1]);
}
