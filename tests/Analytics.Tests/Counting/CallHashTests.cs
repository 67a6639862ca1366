using Kilometers.Plugins.Analytics.Counting;

namespace Kilometers.Plugins.Analytics.Tests.Counting;

public sealed class CallHashTests
{
    private readonly CallHash _hash = new();

    [Fact]
    public void Of_TheSameCall_IsTheSame() =>
        Assert.Equal(_hash.Of("tools/call", "a", """{"x": [1, "b"]}"""u8), _hash.Of("tools/call", "a", """{"x":[1,"b"]}"""u8));

    [Theory]
    [InlineData("tools/call", "a", """{"x":[1,"c"]}""")]
    [InlineData("tools/call", "a", """{"x":["1","b"]}""")]
    [InlineData("tools/call", "a", """{"x":[],"1":"b"}""")]
    [InlineData("tools/call", "b", """{"x":[1,"b"]}""")]
    [InlineData("prompts/get", "a", """{"x":[1,"b"]}""")]
    [InlineData("tools/call", "a", "")]
    public void Of_AnotherCall_IsAnother(string method, string name, string arguments) =>
        Assert.NotEqual(
            _hash.Of("tools/call", "a", """{"x":[1,"b"]}"""u8),
            _hash.Of(method, name, System.Text.Encoding.UTF8.GetBytes(arguments))
        );

    /// <summary>So that nobody can try out arguments on a hash: it would have to be made in this process.</summary>
    [Fact]
    public void Of_InAnotherProcess_IsAnother() => Assert.NotEqual(_hash.Of("m", "a", "{}"u8), new CallHash().Of("m", "a", "{}"u8));
}
