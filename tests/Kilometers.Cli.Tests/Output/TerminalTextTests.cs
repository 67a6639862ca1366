using System.Globalization;
using System.Text;
using Kilometers.Cli.Output;

namespace Kilometers.Cli.Tests.Output;

public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("größer → 日本", "größer → 日本")]
    [InlineData("a\tb", "a    b")]
    [InlineData("a\nb\r", "a?b?")]
    [InlineData("\u001b[31mred\u001b[0m", "red")]
    [InlineData("\u001b[2J", "?[2J")]
    [InlineData("\u001b]52;c;eA==\u0007", "?]52;c;eA==?")]
    [InlineData("\u0085\u009b\u2028\u2029\u202e\u2066\u200b\ufeff\ue000", "?????????")]
    [InlineData("\udb40\udc41", "?")]
    public void Line_Text_HasNothingThatActs(string text, string expected) => Assert.Equal(expected, TerminalText.Line(text));

    [Theory]
    [InlineData("\u001b[31mred", "\u001b[31mred\u001b[0m")]
    [InlineData("\u001b[38;5;1mred", "\u001b[38;5;1mred\u001b[0m")]
    [InlineData("\u001b[31;Hmred", "?[31;Hmred")]
    [InlineData("\u001b[31mred\u001b[0m end", "\u001b[31mred\u001b[0m end")]
    [InlineData("\u001b[?25l", "?[?25l")]
    [InlineData("\u001bc", "?c")]
    public void Colored_Text_KeepsColoursAndEndsThem(string text, string expected) => Assert.Equal(expected, TerminalText.Colored(text));

    [Fact]
    public void Line_HalfACharacter_IsReplaced() => Assert.Equal("a\ufffdb", TerminalText.Line("a\ud800b"));

    [Fact]
    public void Line_LongText_IsCutAndCounted() =>
        Assert.Equal("aaaaa... (95 more characters)", TerminalText.Line(new string('a', 100), 5));

    [Fact]
    public void Line_ManyMarksOnOneCharacter_KeepsWhatScriptsNeed() =>
        Assert.Equal("a" + new string('\u0301', 8), TerminalText.Line("a" + new string('\u0301', 500)));

    [Fact]
    public void Line_RandomText_NeverActs()
    {
        var random = new Random(7);
        for (var i = 0; i < 2000; i++)
        {
            var text = new string([
                .. Enumerable
                    .Range(0, random.Next(1, 80))
                    .Select(_ =>
                        random.Next(3) == 0 ? "\u001b[]m;0\r\b\u0007\u009b\u202e"[random.Next(11)] : (char)random.Next(1, 0x10000)
                    ),
            ]);
            Assert.DoesNotContain(TerminalText.Line(text).EnumerateRunes(), rune =>
                Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
            );
            foreach (var part in TerminalText.Colored(text).Split('\u001b').Skip(1))
                Assert.Matches(@"^\[[0-9;:]*m", part);
            Assert.All(TerminalText.Ascii(TerminalText.Line(text)), c => Assert.InRange(c, ' ', '~'));
        }
    }

    [Theory]
    [InlineData("✓ 5 µs → … “x”", "+ 5 us -> ... \"x\"")]
    [InlineData("日本", "??")]
    public void Ascii_Text_HasPlainForms(string text, string expected) => Assert.Equal(expected, TerminalText.Ascii(text));

    [Fact]
    public void Json_Text_MeansTheSame()
    {
        const string Json = """{"a":"x\u202ey","b":"größer"}""";
        Assert.Equal(Json, TerminalText.Json(Json, isAscii: false));
        var raw = Json.Replace(@"\u202e", "\u202e", StringComparison.Ordinal);
        Assert.Equal(Json, TerminalText.Json(raw, isAscii: false));
        Assert.Equal("""{"a":"x\u202ey","b":"gr\u00f6\u00dfer"}""", TerminalText.Json(raw, isAscii: true));
    }

    [Fact]
    public void Fold_LongLine_NoRowIsWiderThanTheTerminal()
    {
        var text = string.Concat(Enumerable.Repeat("日本 x\u001b[31my ", 50));
        var rows = TerminalText.Fold(text, 20).ToList();
        Assert.InRange(rows.Count, 20, 100);
        Assert.All(rows, row => Assert.InRange(TerminalText.Line(row).EnumerateRunes().Sum(rune => rune.Value > 0x2e80 ? 2 : 1), 1, 20));
        Assert.Equal(TerminalText.Line(text), string.Concat(rows.Select(row => TerminalText.Line(row))));
    }

    [Fact]
    public void Write_TerminalWriter_CleansEveryLineAndKeepsLineEnds()
    {
        using var inner = new StringWriter { NewLine = "\n" };
        using (var writer = new TerminalWriter(inner, isAscii: true))
            writer.WriteLine("a\u001b]0;x\u0007\r\nb\u001b[1mc\u001b[0m …");
        Assert.Equal("a?]0;x?\nb\u001b[1mc\u001b[0m ...\n", inner.ToString());
    }
}
