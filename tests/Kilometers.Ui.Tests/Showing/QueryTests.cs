using Kilometers.Ui.Showing;

namespace Kilometers.Ui.Tests.Showing;

public sealed class QueryTests
{
    [Fact]
    public void Read_FiltersAndWords_AreTaken()
    {
        var filter = Query.Read("tool:read_* \"permission denied\" http://x.example status:error", default, _ => null, out var problem);
        Assert.Null(problem);
        Assert.Equal("read_*", filter!.Name);
        Assert.Equal(["permission denied", "http://x.example"], filter.Texts);
    }

    [Theory]
    [InlineData("slower:fast", "'fast' is not a duration")]
    [InlineData("session:nowhere", "No recorded session matches 'nowhere'")]
    [InlineData("!", "has no word of two letters")]
    public void Read_WrongFilter_IsExplained(string typed, string expected)
    {
        Assert.Null(Query.Read(typed, default, _ => null, out var problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }
}
