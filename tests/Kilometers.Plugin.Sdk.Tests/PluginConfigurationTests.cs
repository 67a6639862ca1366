using Xunit;

namespace Kilometers.Plugin.Sdk.Tests;

public sealed class PluginConfigurationTests
{
    [Theory]
    [InlineData(null, "otherwise")]
    [InlineData(" ", "otherwise")]
    [InlineData(" said ", "said")]
    public void Text_Setting_IsTrimmedOrTheDefault(string? value, string expected) =>
        Assert.Equal(expected, With("name", value).Text("name", "otherwise"));

    [Theory]
    [InlineData(null, 30)]
    [InlineData("1", 1)]
    [InlineData(" 365 ", 365)]
    public void Number_InItsRange_IsThatNumber(string? value, long expected) =>
        Assert.Equal(expected, With("age", value).Number("age", "days", 1, 365, 30));

    [Theory]
    [InlineData("0")]
    [InlineData("366")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("1d")]
    [InlineData("99999999999999999999")]
    public void Number_AnythingElse_SaysWhatItMayBe(string value) =>
        Assert.Equal(
            $"age must be a whole number of days from 1 to 365: '{value}'.",
            Assert.Throws<ArgumentException>(() => With("age", value).Number("age", "days", 1, 365, 30)).Message
        );

    [Fact]
    public void OneOf_Word_IsThatWordOrTheDefault()
    {
        Assert.Equal("on", With("mode", null).OneOf("mode", "on", "on", "off"));
        Assert.Equal("off", With("mode", "off ").OneOf("mode", "on", "on", "off"));
    }

    [Theory]
    [InlineData("Off")]
    [InlineData("on,off")]
    public void OneOf_AnythingElse_SaysWhatItMayBe(string value)
    {
        var configuration = With("mode", value);
        var two = Assert.Throws<ArgumentException>(() => configuration.OneOf("mode", "on", "on", "off"));
        Assert.Equal($"mode must be on or off: '{value}'.", two.Message);
        var three = Assert.Throws<ArgumentException>(() => configuration.OneOf("mode", "on", "on", "ask", "off"));
        Assert.Equal($"mode must be on, ask or off: '{value}'.", three.Message);
    }

    [Fact]
    public void CreateRedactor_UsersRules_MaskToo()
    {
        var settings = new Dictionary<string, string> { ["redact_keys"] = " badge , ", ["redact_patterns"] = "EMP-[0-9]+\n" };
        var redactor = new PluginConfiguration { Settings = settings }.CreateRedactor();
        var masked = redactor.Redact("badge=4711 and EMP-123 and password=hunter2 and rest");
        Assert.DoesNotContain("4711", masked, StringComparison.Ordinal);
        Assert.DoesNotContain("EMP-123", masked, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", masked, StringComparison.Ordinal);
        Assert.Contains("rest", masked, StringComparison.Ordinal);
    }

    [Fact]
    public void CreateRedactor_InvalidExpression_SaysWhichSetting() =>
        Assert.StartsWith(
            "redact_patterns: ",
            Assert.Throws<ArgumentException>(() => With("redact_patterns", "(").CreateRedactor()).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void UnknownSettings_AreThoseThatThePluginDoesNotHave()
    {
        var settings = new Dictionary<string, string>
        {
            ["zeal"] = "1",
            ["age"] = "1",
            ["agee"] = "1",
        };
        Assert.Equal(["agee", "zeal"], new PluginConfiguration { Settings = settings }.UnknownSettings(["age", "size"]));
    }

    private static PluginConfiguration With(string setting, string? value) =>
        new() { Settings = value is null ? new Dictionary<string, string>() : new Dictionary<string, string> { [setting] = value } };
}
