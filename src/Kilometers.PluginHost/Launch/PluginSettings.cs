using System.Collections;
using System.Text.Json;
using Kilometers.Contracts;
using Kilometers.Files;
using Kilometers.PluginHost.Installation;

namespace Kilometers.PluginHost.Launch;

/// <summary>
/// A plugin's own settings: <c>KM_PLUGIN_CONSOLE_LOGGER__PAYLOADS=1</c> is the setting <c>payloads</c> of <c>console-logger</c>. They can
/// also be in <c>~/.km/config/plugins/NAME.json</c> (one flat object), for MCP clients that pass no environment on. The environment wins.
/// </summary>
internal static class PluginSettings
{
    /// <summary>Begins every variable that is a plugin's setting, and no variable of km, kmpkg or km-api: a test compares them all.</summary>
    public const string Prefix = "KM_PLUGIN_";

    private const string Separator = "__";
    private const int MaxFileBytes = 64 * 1024;

    /// <summary>These plugins are still configured by <c>KM_NAME_SETTING</c>, the form of the first releases. No other plugin ever is.</summary>
    private static readonly string[] OldFormPlugins = ["console-logger", "api-logger"];

    /// <param name="plugin">The plugin's name, already checked.</param>
    /// <param name="problems">A file that was ignored, variables of the old form.</param>
    public static IReadOnlyDictionary<string, string> For(string plugin, out IReadOnlyList<KmError> problems)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        var home = KmHome.Find();
        var file = home.Problem ?? ReadFile(FileOf(home.Path, plugin), settings);
        var variables = Environment
            .GetEnvironmentVariables()
            .Cast<DictionaryEntry>()
            .Select(entry => KeyValuePair.Create((string)entry.Key, (string?)entry.Value ?? ""));
        var old = ReadVariables(plugin, variables, settings);
        problems = [.. new[] { file, old }.OfType<KmError>()];
        return settings;
    }

    /// <summary>The file that holds a plugin's settings.</summary>
    public static string FileOf(string home, string plugin) => Path.Combine(home, "config", "plugins", plugin + ".json");

    /// <summary>The variable that holds a setting of a plugin.</summary>
    public static string VariableOf(string plugin, string setting) =>
        $"{Prefix}{plugin.ToUpperInvariant().Replace('-', '_')}{Separator}{setting.ToUpperInvariant()}";

    /// <summary>Adds what the environment holds for one plugin.</summary>
    /// <returns>A warning where variables of the old form were used; else null.</returns>
    internal static KmError? ReadVariables(
        string plugin,
        IEnumerable<KeyValuePair<string, string>> variables,
        Dictionary<string, string> settings
    )
    {
        var name = plugin.ToUpperInvariant().Replace('-', '_');
        var prefix = Prefix + name + Separator;
        var oldPrefix = OldFormPlugins.Contains(plugin) ? $"KM_{name}_" : null;
        var own = new Dictionary<string, string>(StringComparer.Ordinal);
        var old = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (variable, value) in variables)
        {
            if (SettingOf(variable, prefix) is { } setting)
                own[setting] = value;
            else if (oldPrefix is not null && SettingOf(variable, oldPrefix) is { } renamed)
                old[renamed] = value;
        }

        foreach (var (setting, value) in old)
            settings[setting] = value;
        foreach (var (setting, value) in own)
            settings[setting] = value;
        if (old.Count == 0)
            return null;
        var first = old.Keys.First().ToUpperInvariant();
        return new KmError(
            ErrorCode.RenamedPluginSetting,
            $"{oldPrefix}{first} is an old name for a setting of '{plugin}'",
            old.Count == 1 ? null : $"Also: {string.Join(", ", old.Keys.Skip(1).Select(key => oldPrefix + key.ToUpperInvariant()))}",
            $"Rename it: {prefix}{first}. A later version will ignore the old name."
        );
    }

    internal static KmError? ReadFile(string path, Dictionary<string, string> settings)
    {
        try
        {
            if (!File.Exists(path))
                return null;
            var content = WrittenText.WithoutMark(PrivateFile.ReadTrusted(path, MaxFileBytes).AsMemory());
            using var document = JsonDocument.Parse(content, new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return Invalid(path, "It is not a JSON object.");
            var members = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var member in document.RootElement.EnumerateObject())
            {
                if (member.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.Null)
                    return Invalid(path, $"'{member.Name}' is not a string, a number or a Boolean.");
                if (!members.TryAdd(member.Name.ToLowerInvariant(), member.Value.ToString()))
                    return Invalid(path, $"'{member.Name}' is there twice.");
            }

            // All or nothing: half of a file would be a third configuration that nobody wrote.
            foreach (var (name, value) in members)
                settings[name] = value;

            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return Invalid(path, e.Message);
        }
    }

    /// <summary>
    /// The setting that a variable holds; null if it holds none of this prefix. A setting is words joined by single underscores, so that
    /// a variable belongs to exactly one plugin even where a name ends with a hyphen or has two in a row.
    /// </summary>
    private static string? SettingOf(string variable, string prefix)
    {
        if (!variable.StartsWith(prefix, StringComparison.Ordinal))
            return null;
        var setting = variable[prefix.Length..];
        return setting.Length > 0 && setting[0] != '_' && !setting.Contains(Separator, StringComparison.Ordinal)
            ? setting.ToLowerInvariant()
            : null;
    }

    private static KmError Invalid(string path, string why) =>
        new(
            ErrorCode.InvalidPluginSettings,
            $"The plugin settings in {path} cannot be used",
            why,
            "Correct the file: one JSON object of names and plain values."
        );
}
