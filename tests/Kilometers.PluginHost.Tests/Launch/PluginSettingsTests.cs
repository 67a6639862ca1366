using Kilometers.Contracts;
using Kilometers.PluginHost.Launch;

namespace Kilometers.PluginHost.Tests.Launch;

public sealed class PluginSettingsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("km-settings-").FullName;
    private readonly Dictionary<string, string> _settings = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void ReadFile_NoFile_IsNoError()
    {
        Assert.Null(PluginSettings.ReadFile(Path.Combine(_folder, "none.json"), _settings));
        Assert.Empty(_settings);
    }

    [Fact]
    public void ReadFile_FlatObject_GivesLowerCaseNamesAndPlainText()
    {
        Assert.Null(Read("""{"Url":"https://example.test","limit":10,"ratio":0.50,"On":true,"off":false,"empty":""}"""));
        Assert.Equal("https://example.test", _settings["url"]);
        Assert.Equal(("10", "0.50", ""), (_settings["limit"], _settings["ratio"], _settings["empty"]));
        Assert.Equal(("True", "False"), (_settings["on"], _settings["off"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("null")]
    [InlineData("""{"a":"1"} trailing""")]
    [InlineData("""{"a":"1","b":{"c":1}}""")]
    [InlineData("""{"a":"1","b":[1]}""")]
    [InlineData("""{"a":"1","b":null}""")]
    [InlineData("""{"a":"1","a":"2"}""")]
    [InlineData("""{"a":"1","A":"2"}""")]
    public void ReadFile_NotAFlatObject_IsRefusedAsAWhole(string text)
    {
        _settings["kept"] = "1";
        var error = Read(text);
        Assert.Equal(ErrorCode.InvalidPluginSettings, error?.Code);
        Assert.Contains("x.json", error!.Summary, StringComparison.Ordinal);
        Assert.Equal(["kept"], _settings.Keys);
    }

    [Fact]
    public void ReadFile_TooLarge_IsRefused()
    {
        Assert.NotNull(Read($$"""{"a":"{{new string('x', 64 * 1024)}}"}"""));
        Assert.Empty(_settings);
    }

    [Fact]
    public void ReadFile_AFolder_IsNoError() => Assert.Null(PluginSettings.ReadFile(_folder, _settings));

    [Fact]
    public void For_Environment_GivesWhatBelongsToThePluginAlone()
    {
        // Names that only this test sets.
        Environment.SetEnvironmentVariable("KM_SETTINGS_TEST_DEEP_NAME", "1");
        Environment.SetEnvironmentVariable("KM_SETTINGS_TEST_", "no name");
        Environment.SetEnvironmentVariable("KM_SETTINGS_TESTER_X", "another plugin's");
        var settings = PluginSettings.For("settings-test", out var error);
        Assert.Null(error);
        Assert.Equal(["deep_name=1"], settings.Select(s => $"{s.Key}={s.Value}"));
    }

    private KmError? Read(string text)
    {
        var path = Path.Combine(_folder, "x.json");
        File.WriteAllText(path, text);
        return PluginSettings.ReadFile(path, _settings);
    }
}
