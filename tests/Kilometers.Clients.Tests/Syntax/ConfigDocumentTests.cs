using System.Text;
using Kilometers.Clients.Syntax;

namespace Kilometers.Clients.Tests.Syntax;

public sealed class ConfigDocumentTests
{
    [Theory]
    [InlineData("Json", "{\n  \"a\": 1,\n  \"b\": 2\n  \"c\": 3\n}", "4:3", "a comma or } is expected")]
    [InlineData("Json", "{ \"a\": 1, \"a\": 2 }", "1:11", "the name \"a\" is there twice")]
    [InlineData("Json", "{ \"é\": 1, \"\\u00e9\": 2 }", "1:11", "the name \"é\" is there twice")]
    [InlineData("Json", "{ 'a': 1 }", "1:3", "a name in double quotes is expected")]
    [InlineData("Json", "{ \"a\": 1 ", "1:10", "the file ends too early: a comma or } is expected")]
    [InlineData("Json", "{ \"a\": tru }", "1:8", "a value is expected")]
    [InlineData("Json", "{ \"a\": 01 }", "1:8", "a value is expected")]
    [InlineData("Json", "{} {}", "1:4", "something follows the end of the value")]
    [InlineData("Json", "{ /* }", "1:3", "the comment does not end")]
    [InlineData("Json", "{ \"a\": \"x\ny\" }", "1:10", "a control character is in a text")]
    [InlineData("Json", "{ \"a\": \"\\q\" }", "1:8", "an escape in this text is invalid")]
    [InlineData("Json", "\ufeff{ \"é\" 1 }", "1:7", "a colon is expected")]
    [InlineData("Toml", "a = 1\na = 2\n", "2:1", null)]
    [InlineData("Toml", "x = 1\n\ny = [1,\n", "4:1", null)]
    [InlineData("Toml", "[a]\n[a]\n", "2:1", null)]
    [InlineData("Yaml", "a: 1\nb: 2\na: 3\n", "3:1", "the name \"a\" is there twice")]
    [InlineData("Yaml", "a: 1\n---\nb: 2\n", "2:1", "one document is expected, and something follows it")]
    [InlineData("Yaml", "a: [1\nb: 2\n", "1:4", null)]
    [InlineData("Yaml", "? [x]\n: 1\n", "1:3", "a name is expected")]
    public void Parse_Invalid_SaysWhereAndWhat(string format, string text, string place, string? why)
    {
        var bytes = Encoding.UTF8.GetBytes(text);

        var error = Assert.Throws<ConfigSyntaxException>(() => ConfigDocument.Parse(Enum.Parse<ConfigFormat>(format), bytes));

        Assert.Equal(place, ConfigDocument.Place(bytes, error.Offset));
        if (why is not null)
            Assert.Equal(why, error.Message);
    }

    [Theory]
    [InlineData("Json")]
    [InlineData("Toml")]
    [InlineData("Yaml")]
    public void Parse_NotUtf8_SaysWhere(string format)
    {
        byte[] bytes = [(byte)'#', (byte)'\n', (byte)' ', 0xC3, (byte)'x'];

        var error = Assert.Throws<ConfigSyntaxException>(() => ConfigDocument.Parse(Enum.Parse<ConfigFormat>(format), bytes));

        Assert.Equal("2:2", ConfigDocument.Place(bytes, error.Offset));
    }

    [Theory]
    [InlineData("Json", "[", "]")]
    [InlineData("Json", "{\"a\":", "}")]
    [InlineData("Toml", "[", "]")]
    [InlineData("Yaml", "[", "]")]
    public void Parse_NestedTooDeeply_IsRefused(string format, string open, string close)
    {
        var text = (format == "Toml" ? "a = " : "") + string.Concat(Enumerable.Repeat(open, 20_000));
        text += string.Concat(Enumerable.Repeat(close, 20_000));

        Assert.Throws<ConfigSyntaxException>(() => ConfigDocument.Parse(Enum.Parse<ConfigFormat>(format), Encoding.UTF8.GetBytes(text)));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \r\n")]
    [InlineData("\ufeff")]
    public void Parse_Nothing_IsAnEmptyObject(string text)
    {
        foreach (var format in new[] { ConfigFormat.Json, ConfigFormat.Toml, ConfigFormat.Yaml })
            Assert.Empty(ConfigDocument.Parse(format, Encoding.UTF8.GetBytes(text)).Root.Members);
    }

    [Fact]
    public void Parse_Toml_KnowsWhereEachTableEnds()
    {
        var document = Parse(ConfigFormat.Toml, "# é\n[s.a] # x\nk = 'ü' # y\n\n# about b\n[s.b]\n[s.b.env]\nz = 1\n");

        Assert.Equal("[s.a] # x\nk = 'ü'", Text(document, "s", "a"));
        Assert.Equal("[s.b]", Text(document, "s", "b"));
        Assert.Equal("ü", document.Root.Find(["s", "a", "k"])!.Text);
        Assert.Equal("1", document.Root.Find(["s", "b", "env", "z"])!.Text);
    }

    [Fact]
    public void Parse_TomlTablesOfAnArray_AreFoundByName()
    {
        var document = Parse(ConfigFormat.Toml, "[[s]]\nname = \"a\"\nk = 1\n[s.env]\nx = 1\n[[s]]\nname = 'b'\nk = 2\n");

        Assert.Equal("2", document.Root.Find(["s", "b", "k"])!.Text);
        Assert.Equal("1", document.Root.Find(["s", "a", "env", "x"])!.Text);
    }

    [Fact]
    public void Parse_Yaml_KnowsWhereEachBlockEnds()
    {
        var document = Parse(ConfigFormat.Yaml, "s:\n  a:\n    k: é # x\n    l:\n    - 1\n    - 'ü'\n\n  # about b\n  b: {k: [x, y]}\n");

        Assert.Equal("k: é # x\n    l:\n    - 1\n    - 'ü'", Text(document, "s", "a"));
        Assert.Equal("{k: [x, y]}", Text(document, "s", "b"));
        Assert.Equal("[x, y]", Text(document, "s", "b", "k"));
        Assert.Equal("é", document.Root.Find(["s", "a", "k"])!.Text);
    }

    [Theory]
    [InlineData("|")]
    [InlineData("|+")]
    [InlineData(">-")]
    public void Parse_YamlTextInLines_EndsWithItsLastLine(string style)
    {
        var document = Parse(ConfigFormat.Yaml, $"s:\n  a:\n    d: {style}\n      one\n\n      two \n  \n\n# new\n");

        Assert.Equal($"{style}\n      one\n\n      two ", Text(document, "s", "a", "d"));
        Assert.Equal($"d: {style}\n      one\n\n      two ", Text(document, "s", "a"));
    }

    [Fact]
    public void Parse_EscapeInThePrivateUseArea_IsRefused() =>
        Assert.Throws<ConfigSyntaxException>(() => Parse(ConfigFormat.Toml, "a = \"\\uE0C3\\uE0A9\"\n"));

    private static ConfigDocument Parse(ConfigFormat format, string text) => ConfigDocument.Parse(format, Encoding.UTF8.GetBytes(text));

    private static string Text(ConfigDocument document, params string[] path) =>
        Encoding.UTF8.GetString(document.BytesOf(document.Root.Find(path)!));
}
