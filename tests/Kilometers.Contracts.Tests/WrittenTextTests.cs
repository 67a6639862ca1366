using System.Text;
using Kilometers.Contracts.Api;
using Kilometers.Contracts.Packages;

namespace Kilometers.Contracts.Tests;

public sealed class WrittenTextTests
{
    [Theory]
    [InlineData("value")]
    [InlineData("\uFEFFvalue\r\n")]
    [InlineData(" \t\uFEFF value\r")]
    [InlineData("value\u00a0\uFEFF")]
    public void Trim_WhatEditorsAndShellsAdd_IsGone(string text) => Assert.Equal("value", WrittenText.Trim(text));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("\uFEFF\r\n")]
    public void Trim_Nothing_IsEmpty(string? text) => Assert.Equal("", WrittenText.Trim(text));

    [Fact]
    public void WithoutMark_InTheMiddle_StaysAsItIs()
    {
        var text = Encoding.UTF8.GetBytes("\uFEFFa\uFEFFb");
        Assert.Equal("a\uFEFFb", Encoding.UTF8.GetString(WrittenText.WithoutMark(text.AsSpan())));
        Assert.Equal("a\uFEFFb", Encoding.UTF8.GetString(WrittenText.WithoutMark(text.AsMemory()).Span));
    }

    [Fact]
    public void Parse_KeyWithALineEnd_IsTheKey()
    {
        var key = ApiKey.Create();
        Assert.Equal(key.Text, ApiKey.Parse($"\uFEFF{key.Text}\r\n")?.Text);
        Assert.Null(ApiKey.Parse(key.Text.Insert(12, " ")));
    }

    /// <summary>A person writes a description; a statement is signed as it is.</summary>
    [Fact]
    public void Read_ByteOrderMark_OnlyWhereAPersonWrites()
    {
        var marked = "\uFEFF{}"u8.ToArray();
        Assert.Contains(
            "name",
            Assert.Throws<System.Text.Json.JsonException>(() => PackageJson.ReadDescription(marked)).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "0xEF",
            Assert.Throws<System.Text.Json.JsonException>(() => PackageJson.ReadStatement(marked)).Message,
            StringComparison.Ordinal
        );
    }
}
