using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Promises;

/// <summary>A plugin's name decides which variables are its settings. No name makes a variable of km's, or of another plugin, one of
/// them.</summary>
public sealed class SettingsOfOthersTests : IDisposable
{
    /// <summary>Variables that km, kmpkg and km-api read, or that look like it.</summary>
    private static readonly string[] OfKm =
    [
        "KM_API_KEY",
        "KM_API_OPERATOR_KEY",
        "KM_API_OPERATOR_KEY_FILE",
        "KM_API_CONFIG_KEY",
        "KM_API__SigningKeyFolder",
        "KM_API__DATABASE__CONNECTIONSTRING",
        "KM_KEYS",
        "KM_KEYS_PASSWORD",
        "KM_HOME_KEY",
        "KM_PLUGIN_KEY",
        "KM_PLUGIN__KEY",
        "KM_PLUGIN___KEY",
        "KM_LOG_KEY",
        "KM_TEST_KEY",
        "KM_EGRESS_KEY",
    ];

    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData("api")]
    [InlineData("api-operator")]
    [InlineData("api-key")]
    [InlineData("home")]
    [InlineData("plugin")]
    [InlineData("log")]
    [InlineData("keys")]
    [InlineData("test")]
    [InlineData("egress")]
    public async Task Nothing_of_kms_is_a_setting_or_in_the_environment_of_a_plugin_whatever_it_is_called(string name)
    {
        var dump = _workspace.File("environment");
        var starter = await File.ReadAllTextAsync(_workspace.TestPlugin(name), TestContext.Current.CancellationToken);
        var plugin = _workspace.Script(name, $"env -0 > '{dump}'", starter[(starter.IndexOf('\n', StringComparison.Ordinal) + 1)..]);
        var prefix = $"KM_PLUGIN_{name.ToUpperInvariant().Replace('-', '_')}__";
        var variables = OfKm.ToDictionary(variable => variable, _ => "a secret of somebody's");
        variables["KM_HOME"] = Modes.Folder(_workspace.File(".km"));
        variables[prefix + "MINE"] = "its own";
        await using var km = KmProcess.Monitor(Conversation.Plugins(plugin), Conversation.Server, variables);
        await _workspace.ActiveAsync(name);
        await km.EndAsync();
        Assert.Equal(["mine=its own"], Settings(name));
        Assert.DoesNotContain(
            "a secret of somebody's",
            await File.ReadAllTextAsync(dump, TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Of_two_plugins_one_of_whose_names_begins_with_the_others_neither_gets_the_others_settings()
    {
        await using var km = KmProcess.Monitor(
            Conversation.Plugins(_workspace.TestPlugin("one"), _workspace.TestPlugin("one-two")),
            Conversation.Server,
            new Dictionary<string, string>
            {
                ["KM_HOME"] = Modes.Folder(_workspace.File(".km")),
                ["KM_PLUGIN_ONE__NAME"] = "of one",
                ["KM_PLUGIN_ONE_TWO__NAME"] = "of one-two",
                ["KM_PLUGIN_ONE__TWO__NAME"] = "of nobody: a setting's name has no two underscores",
                ["KM_PLUGIN_ONE___TWO__NAME"] = "of nobody",
            }
        );
        foreach (var name in new[] { "one", "one-two" })
            await _workspace.ActiveAsync(name);
        await km.EndAsync();
        Assert.Equal(["name=of one"], Settings("one"));
        Assert.Equal(["name=of one-two"], Settings("one-two"));
    }

    private IEnumerable<string> Settings(string plugin) =>
        _workspace
            .Record(plugin)
            .Single(record => record.Text("call") == "initialize")
            .GetProperty("settings")
            .EnumerateObject()
            .Select(setting => $"{setting.Name}={setting.Value}")
            .Order(StringComparer.Ordinal);
}
