using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Plugins;

/// <summary>The settings that a plugin declares: listed, checked before it starts, and secret where it says so.</summary>
public sealed class SettingsTests : IDisposable
{
    private readonly KmHomeFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task What_is_set_is_listed_with_what_it_can_be()
    {
        await _home.InstallTestPluginAsync(manifest =>
            manifest with
            {
                Settings =
                [
                    new()
                    {
                        Name = "age",
                        Type = "number",
                        Description = "How old.",
                        Minimum = 1,
                        Maximum = 9,
                        Unit = "days",
                        Default = "3",
                    },
                    new()
                    {
                        Name = "key",
                        Type = "text",
                        Description = "A key.",
                        Secret = true,
                    },
                ],
            }
        );
        var file = Path.Combine(Modes.Folder(Path.Combine(_home.Path, "config", "plugins")), "test-plugin.json");
        await File.WriteAllTextAsync(file, """{ "key": "hush-7f3a" }""", TestContext.Current.CancellationToken);

        var (status, output, errors) = await _home.RunAsync("plugins", "settings", "test-plugin", "--json");
        Assert.True(status == 0, errors);
        var listed = JsonElement.Parse(output).GetProperty("settings");
        Assert.Equal(("age", "3", "default", "a number of days from 1 to 9"), Of(listed[0]));
        Assert.Equal(("key", "***", "file", "text"), Of(listed[1]));

        (status, output, _) = await _home.RunAsync("plugins", "settings", "test-plugin");
        Assert.Equal(0, status);
        Assert.Matches(@"(?m)^age +3 +default +a number of days from 1 to 9 +How old\.$", output);
        Assert.DoesNotContain("hush-7f3a", output, StringComparison.Ordinal);

        // A value that cannot be: km says so, and does not start the plugin.
        await File.WriteAllTextAsync(file, """{ "age": 10 }""", TestContext.Current.CancellationToken);
        (status, _, errors) = await _home.RunAsync("plugins", "settings", "test-plugin");
        Assert.Equal(1, status);
        Assert.Contains("[CFG_PLG_003]", errors, StringComparison.Ordinal);
        Assert.Contains("must be a number of days from 1 to 9: '10'", await SessionAsync(), StringComparison.Ordinal);

        // And one that there is not.
        await File.WriteAllTextAsync(file, """{ "agee": 1 }""", TestContext.Current.CancellationToken);
        Assert.Contains("'test-plugin' has no setting 'agee'", await SessionAsync(), StringComparison.Ordinal);

        static (string?, string?, string?, string?) Of(JsonElement setting) =>
            (
                setting.GetProperty("name").GetString(),
                setting.GetProperty("value").GetString(),
                setting.GetProperty("from").GetString(),
                setting.GetProperty("mustBe").GetString()
            );
    }

    private async Task<string> SessionAsync()
    {
        await using var km = KmProcess.Monitor([], Conversation.Server, _home.Environment);
        await km.EchoAsync(0, 1);
        await km.SaysAsync("[CFG_PLG_003]");
        await km.EndAsync();
        return km.Errors;
    }
}
