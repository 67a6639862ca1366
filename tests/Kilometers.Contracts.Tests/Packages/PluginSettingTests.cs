using Kilometers.Contracts.Packages;

namespace Kilometers.Contracts.Tests.Packages;

public sealed class PluginSettingTests
{
    [Theory]
    [InlineData("text", "anything", true)]
    [InlineData("boolean", "true", true)]
    [InlineData("boolean", "OFF", true)]
    [InlineData("boolean", " 1 ", true)]
    [InlineData("boolean", "maybe", false)]
    [InlineData("choice", "a", true)]
    [InlineData("choice", "A", false)]
    [InlineData("choice", "c", false)]
    [InlineData("number", "2", true)]
    [InlineData("number", "2.5", true)]
    [InlineData("number", "1", true)]
    [InlineData("number", "10", true)]
    [InlineData("number", "0", false)]
    [InlineData("number", "10.1", false)]
    [InlineData("number", "1e1", false)]
    [InlineData("number", "1,5", false)]
    [InlineData("number", "two", false)]
    [InlineData("number", "  ", true)]
    public void Allows_AValue_IfTheSettingCanBeThat(string type, string value, bool isAllowed) =>
        Assert.Equal(isAllowed, Setting(type).Allows(value));

    [Theory]
    [InlineData("text", "text")]
    [InlineData("boolean", "true or false")]
    [InlineData("choice", "a or b")]
    [InlineData("number", "a number of seconds from 1 to 10")]
    public void Describe_SaysWhatItCanBe(string type, string words) => Assert.Equal(words, Setting(type).Describe());

    [Theory]
    [InlineData("a", true)]
    [InlineData("max_age_2", true)]
    [InlineData("", false)]
    [InlineData("A", false)]
    [InlineData("_a", false)]
    [InlineData("a_", false)]
    [InlineData("a__b", false)]
    [InlineData("2a", false)]
    [InlineData("a-b", false)]
    [InlineData(null, false)]
    public void IsName_OnlyWordsOfAVariable(string? text, bool isName) => Assert.Equal(isName, PluginSetting.IsName(text));

    [Fact]
    public void ReadDescription_OfSettings_IsWhatWasWritten()
    {
        var description = PackageJson.ReadDescription(
            """
            {"name":"one","version":"1.0.0","releaseSequence":1,"description":"x","author":"a","category":"logging","requiredTier":"Free",
            "protocolVersions":[2],"minimumCliVersion":"1.0.0","entrypoint":"e","settings":[
            {"name":"age","type":"number","description":"d","default":"3","minimum":0.5,"maximum":9,"unit":"days"},
            {"name":"key","type":"text","description":"d","secret":true}]}
            """u8
        );
        Assert.Empty(ManifestRules.Check(description));
        Assert.Equal((0.5m, 9m, "days"), (description.Settings![0].Minimum, description.Settings[0].Maximum, description.Settings[0].Unit));
        Assert.True(description.Settings[1].Secret);
    }

    [Theory]
    [InlineData("""{"name":"A","type":"text","description":"d"}""", "name")]
    [InlineData("""{"name":"a","type":"date","description":"d"}""", "type of a")]
    [InlineData("""{"name":"a","type":"text","description":""}""", "description of a")]
    [InlineData("""{"name":"a","type":"choice","description":"d"}""", "values of a")]
    [InlineData("""{"name":"a","type":"choice","description":"d","values":["x"]}""", "values of a")]
    [InlineData("""{"name":"a","type":"choice","description":"d","values":["x","x"]}""", "values of a")]
    [InlineData("""{"name":"a","type":"text","description":"d","values":["x","y"]}""", "values of a")]
    [InlineData("""{"name":"a","type":"text","description":"d","minimum":1}""", "minimum and maximum of a")]
    [InlineData("""{"name":"a","type":"number","description":"d","minimum":2,"maximum":1}""", "minimum of a")]
    [InlineData("""{"name":"a","type":"number","description":"d","maximum":1,"default":"2"}""", "default of a")]
    [InlineData("""{"name":"a","type":"text","description":"d"},{"name":"a","type":"text","description":"d"}""", "same name")]
    [InlineData("null", "name")]
    public void Check_ASettingThatCannotBe_SaysWhy(string settings, string fault)
    {
        var description = PackageJson.ReadDescription(
            System.Text.Encoding.UTF8.GetBytes(
                $$"""
                {"name":"one","version":"1.0.0","releaseSequence":1,"description":"x","author":"a","category":"logging","requiredTier":"Free",
                "protocolVersions":[2],"minimumCliVersion":"1.0.0","entrypoint":"e","settings":[{{settings}}]}
                """
            )
        );
        Assert.Contains(ManifestRules.Check(description), found => found.Contains(fault, StringComparison.Ordinal));
    }

    [Fact]
    public void Check_AHostInASettingThatIsNotDeclared_SaysSo()
    {
        var description = PackageJson.ReadDescription(
            """
            {"name":"one","version":"1.0.0","releaseSequence":1,"description":"x","author":"a","category":"logging","requiredTier":"Free",
            "protocolVersions":[2],"minimumCliVersion":"1.0.0","entrypoint":"e","settings":[],"capabilities":{"network":["setting:endpoint"]}}
            """u8
        );
        Assert.Contains(ManifestRules.Check(description), found => found.Contains("endpoint", StringComparison.Ordinal));
    }

    private static PluginSetting Setting(string type) =>
        new()
        {
            Name = "a",
            Type = type,
            Description = "d",
            Values = type == "choice" ? ["a", "b"] : null,
            Minimum = type == "number" ? 1 : null,
            Maximum = type == "number" ? 10 : null,
            Unit = type == "number" ? "seconds" : null,
        };
}
