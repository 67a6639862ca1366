using System.Text;
using Kilometers.Link.Holding;
using Xunit;

namespace Kilometers.Link.Tests.Holding;

public sealed class LineFilterTests
{
    private static readonly HoldRule Calls = new("tools/call", "guard", TimeSpan.FromMilliseconds(50), IsClosed: true);
    private static readonly HoldRule Reads = new("resources/read", "other", TimeSpan.FromMilliseconds(50), IsClosed: false);

    [Theory]
    [InlineData("""{"id":1,"method":"ping"}""", 0)]
    [InlineData("""{"id":1,"method":"ping","params":{"text":"a \"b\" \\ \n \t"}}""", 0)]
    [InlineData("""{"id":1,"method":"tools/call"}""", 1)]
    [InlineData("""{"params":{"x":"tools/call"},"method":"ping"}""", 1)]
    [InlineData("""{"id":1,"method":"tools\/call"}""", 2)]
    [InlineData("""{"id":1,"method":"\u0074ools/call"}""", 2)]
    [InlineData("""{"id":1,"method":"\\\u0074ools/call"}""", 2)]
    [InlineData("""{"id":1,"method":"\x74ools/call"}""", 2)]
    [InlineData("\\", 2)]
    [InlineData("tools/call resources/read", 2)]
    public void Find_Line_PassesOnlyWhereNothingCanSpellAMethod(string line, int rules) =>
        Assert.Equal(rules, new LineFilter([Calls, Reads]).Find(Encoding.UTF8.GetBytes(line)).Count);

    [Fact]
    public void Find_EmptyText_IsAboutEveryLine() => Assert.Single(new LineFilter([Calls with { Text = "" }]).Find("x"u8));

    [Fact]
    public void Rules_ThroughAFrame_AreTheSame() => Assert.Equal([Calls, Reads], HoldRule.Read(HoldRule.Write([Calls, Reads]).Content));
}
