using System.Text.RegularExpressions;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
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

    [Fact]
    public void ReadFile_ByteOrderMarkAndLineEndsOfWindows_DoNotCount()
    {
        Assert.Null(Read("\uFEFF{\r\n\"a\": 1\r\n}\r\n"));
        Assert.Equal("1", _settings["a"]);
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
    public void ReadVariables_TheNewForm_GivesWhatBelongsToThePluginAlone()
    {
        Assert.Null(
            Variables(
                "my-plugin",
                "KM_PLUGIN_MY_PLUGIN__DEEP_NAME=1",
                "KM_PLUGIN_MY_PLUGIN__=no name",
                "KM_PLUGIN_MY_PLUGINS__X=another plugin's",
                "KM_MY_PLUGIN_OLD=no plugin of the first releases",
                "KM_PLUGIN_MY_PLUGIN_X=one underscore",
                "km_plugin_my_plugin__x=lower case"
            )
        );
        Assert.Equal(["deep_name=1"], _settings.Select(setting => $"{setting.Key}={setting.Value}"));
    }

    [Fact]
    public void ReadVariables_NamesWithHyphens_NoVariableBelongsToTwoPlugins()
    {
        // All names up to five characters of a, b and hyphens: their hyphens become underscores, as in the separator.
        var names = Words("ab-", 5).Where(PluginName.IsValid).ToList();
        foreach (
            var variable in names.SelectMany(name =>
                new[] { "X", "A_B", "B" }.Select(setting => $"KM_PLUGIN_{name.ToUpperInvariant().Replace('-', '_')}__{setting}")
            )
        )
        {
            var owners = names.Where(name => Settings(name, [KeyValuePair.Create(variable, "1")]).Count > 0);
            Assert.Single(owners);
        }
    }

    [Fact]
    public void ReadVariables_TheOldFormOfAFirstPartyPlugin_WorksAndSaysWhatItsNameIsNow()
    {
        var warning = Variables(
            "api-logger",
            "KM_API_LOGGER_CAPTURE=off",
            "KM_API_LOGGER_BATCH_SIZE=16",
            "KM_PLUGIN_API_LOGGER__CAPTURE=metadata"
        );
        Assert.Equal(("metadata", "16"), (_settings["capture"], _settings["batch_size"]));
        Assert.Equal(ErrorCode.RenamedPluginSetting, warning?.Code);
        Assert.Contains("KM_PLUGIN_API_LOGGER__BATCH_SIZE", warning!.Hint, StringComparison.Ordinal);
        Assert.Contains("KM_API_LOGGER_CAPTURE", warning.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadVariables_EveryVariableInTheSource_ReachesNoPlugin()
    {
        var variables = OwnVariables();
        Assert.Contains("KM_API_KEY", variables);
        Assert.Contains("KM_API_OPERATOR_KEY", variables);
        Assert.DoesNotContain(variables, variable => variable.StartsWith(PluginSettings.Prefix, StringComparison.Ordinal));

        // Every name that a plugin could have so that a variable would be one of its settings, in either form, and the first-party ones.
        var parts = variables.Select(variable => variable[3..].ToLowerInvariant().Split('_'));
        var names = parts
            .SelectMany(words => Enumerable.Range(1, words.Length).Select(count => string.Join('-', words.Take(count))))
            .Where(PluginName.IsValid)
            .ToHashSet();
        names.UnionWith(["console-logger", "api-logger", "api", "plugin"]);
        foreach (var name in names)
            Assert.Empty(Settings(name, variables.Select(variable => KeyValuePair.Create(variable, "secret"))));
    }

    /// <summary>Every name in a text of the source that an environment variable of ours could have.</summary>
    private static HashSet<string> OwnVariables()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Km.slnx")))
            root = root.Parent!;
        var found = new HashSet<string>();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(root.FullName, "src"), "*.cs", SearchOption.AllDirectories))
        {
            if (file.Contains("/obj/", StringComparison.Ordinal))
                continue;
            foreach (Match match in Regex.Matches(File.ReadAllText(file), "(?<![A-Za-z0-9_])KM_[A-Za-z0-9_]*[A-Za-z0-9]"))
            {
                // How a setting of a plugin is called, as documentation or in a message.
                if (!match.Value.StartsWith(PluginSettings.Prefix + "CONSOLE_LOGGER__", StringComparison.Ordinal))
                    found.Add(match.Value);
            }
        }

        // The beginning of all settings, and a place to fill in.
        found.ExceptWith(["KM_PLUGIN", "KM_NAME_SETTING", "KM_PLUGIN_NAME__SETTING"]);
        return found;
    }

    private static IEnumerable<string> Words(string letters, int length) =>
        length == 0 ? [""] : Words(letters, length - 1).SelectMany(word => letters.Select(letter => word + letter).Append(word)).Distinct();

    private static Dictionary<string, string> Settings(string plugin, IEnumerable<KeyValuePair<string, string>> variables)
    {
        var settings = new Dictionary<string, string>();
        PluginSettings.ReadVariables(plugin, variables, settings);
        return settings;
    }

    private KmError? Variables(string plugin, params string[] variables) =>
        PluginSettings.ReadVariables(
            plugin,
            variables.Select(variable => variable.Split('=', 2)).Select(pair => KeyValuePair.Create(pair[0], pair[1])),
            _settings
        );

    private KmError? Read(string text)
    {
        var path = Path.Combine(_folder, "x.json");
        File.WriteAllText(path, text);
        return PluginSettings.ReadFile(path, _settings);
    }
}
