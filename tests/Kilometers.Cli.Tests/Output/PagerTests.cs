using Kilometers.Cli.Output;

namespace Kilometers.Cli.Tests.Output;

/// <summary>Which pager is used is decided as by git.</summary>
public sealed class PagerTests
{
    [Theory]
    [InlineData("most -s", "more", "most -s")]
    [InlineData(null, "more", "more")]
    [InlineData("", "more", null)]
    [InlineData(" ", null, null)]
    [InlineData("cat", "more", null)]
    [InlineData(null, "cat", null)]
    [InlineData(null, null, null)]
    public void CommandOf_Variables_FirstOneCounts(string? own, string? common, string? expected) =>
        Assert.Equal(expected, Pager.CommandOf(Variables(own, common, "/nowhere")));

    [Fact]
    public void CommandOf_NoVariable_IsLessWhereItIsInstalled()
    {
        var folder = Directory.CreateTempSubdirectory("km-pager-");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "less"), "");
            Assert.Equal("less", Pager.CommandOf(Variables(null, null, "/nowhere" + Path.PathSeparator + folder.FullName)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Func<string, string?> Variables(string? own, string? common, string path) =>
        name =>
            name switch
            {
                "KM_PAGER" => own,
                "PAGER" => common,
                _ => path,
            };
}
