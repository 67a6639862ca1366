using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Kilometers.Cli.Output;

namespace Kilometers.Cli.Tests.Output;

public sealed class ScreenTests
{
    private static readonly JsonTypeInfo<Dictionary<string, string>> Indented = TypeInfo(isIndented: true);

    [Fact]
    public void Json_TextOfAnyLanguage_IsReadable()
    {
        var output = new StringWriter { NewLine = "\n" };
        new Screen(output, isRedirected: true).Json(new() { ["a"] = "'x' <y> & größer" }, Indented);
        Assert.Equal(Ascii("{\n  \"a\": \"'x' <y> & größer\"\n}\n"), output.ToString());
    }

    [Fact]
    public void Json_WhatCouldActOnATerminal_IsEscaped()
    {
        var output = new StringWriter { NewLine = "\n" };
        new Screen(output, isRedirected: true).Json(new() { ["a"] = "x\u001b[31m\u202ey\nz" }, TypeInfo(isIndented: false));
        Assert.Equal("{\"a\":\"x\\u001b[31m\\u202ey\\nz\"}\n", output.ToString().Replace("\\u001B", "\\u001b", StringComparison.Ordinal));
    }

    /// <summary>What a locale without UTF-8 gets.</summary>
    private static string Ascii(string text) =>
        TerminalText.IsAsciiOnly(isTerminal: false)
            ? text.Replace("ö", "\\u00f6", StringComparison.Ordinal).Replace("ß", "\\u00df", StringComparison.Ordinal)
            : text;

    private static JsonTypeInfo<Dictionary<string, string>> TypeInfo(bool isIndented) =>
        (JsonTypeInfo<Dictionary<string, string>>)
            new JsonSerializerOptions { WriteIndented = isIndented, TypeInfoResolver = new DefaultJsonTypeInfoResolver() }.GetTypeInfo(
                typeof(Dictionary<string, string>)
            );
}
