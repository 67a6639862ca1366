using System.Text.Encodings.Web;
using Kilometers.Ui.Showing;

namespace Kilometers.Ui.Tests.Showing;

public sealed class ShownTests
{
    [Theory]
    [InlineData("plain ünïcode 日本語 👍", "plain ünïcode 日本語 👍")]
    [InlineData("<b a='x' c=\"y\">&", "&lt;b a=&#39;x&#39; c=&quot;y&quot;&gt;&amp;")]
    [InlineData("a\u202Eb", "a<span class=\"x\">U+202E</span>b")]
    [InlineData("a\u200bb\ufeff", "a<span class=\"x\">U+200B</span>b<span class=\"x\">U+FEFF</span>")]
    [InlineData("a\U000E0041b", "a<span class=\"x\">U+E0041</span>b")]
    [InlineData("\0\r\u001b[31m", "<span class=\"x\">U+0000</span><span class=\"x\">U+000D</span><span class=\"x\">U+001B</span>[31m")]
    [InlineData("👩\u200d💻 ❤\ufe0f", "👩\u200d💻 ❤\ufe0f")]
    [InlineData("a\u200db", "a<span class=\"x\">U+200D</span>b")]
    [InlineData("line\n\tnext", "line\n\tnext")]
    public void Write_HostileText_IsEscapedAndShowsWhatActs(string text, string expected) => Assert.Equal(expected, Html(text));

    /// <summary>Not as inline data: an attribute is stored as UTF-8, which has no half of a pair.</summary>
    [Fact]
    public void Write_HalfOfASurrogatePair_ShowsItsNumber() => Assert.Equal("<span class=\"x\">U+D800</span>x", Html((char)0xd800 + "x"));

    [Fact]
    public void Write_LongText_CountsTheRest() =>
        Assert.Equal("xxx<span class=\"x\">… 1,997 more characters</span>", Html(new string('x', 2000), 3));

    [Fact]
    public void Plain_HostileText_HasQuestionMarks() => Assert.Equal("a?b?c", Shown.Plain("a\u202eb\nc"));

    private static string Html(string text, int max = 1000)
    {
        using var writer = new StringWriter();
        new Shown(text, max).WriteTo(writer, HtmlEncoder.Default);
        return writer.ToString();
    }
}
