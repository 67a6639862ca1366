using System.Collections;
using System.Text.Json;
using Kilometers.Contracts;
using Kilometers.Files;
using Kilometers.PluginHost.Installation;

namespace Kilometers.PluginHost.Launch;

/// <summary>
/// A plugin's own settings: <c>KM_CONSOLE_LOGGER_PAYLOADS=1</c> is the setting <c>payloads</c> of <c>console-logger</c>. The same can
/// stand in <c>~/.km/config/plugins/NAME.json</c> (one flat object), for MCP clients that pass no environment on. The environment wins.
/// </summary>
internal static class PluginSettings
{
    private const int LargestFile = 64 * 1024;

    /// <param name="plugin">The plugin's name, already checked.</param>
    /// <param name="error">Why the file was left out, else null.</param>
    public static IReadOnlyDictionary<string, string> For(string plugin, out KmError? error)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        var home = KmHome.Find();
        error = home.Problem ?? ReadFile(Path.Combine(home.Path, "config", "plugins", plugin + ".json"), settings);
        var prefix = "KM_" + plugin.ToUpperInvariant().Replace('-', '_') + "_";
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            if (entry.Key is string name && entry.Value is string value && name.StartsWith(prefix, StringComparison.Ordinal) && name.Length > prefix.Length)
                settings[name[prefix.Length..].ToLowerInvariant()] = value;
        }

        return settings;
    }

    internal static KmError? ReadFile(string path, Dictionary<string, string> settings)
    {
        try
        {
            if (!File.Exists(path)) return null;
            using var document = JsonDocument.Parse(PrivateFile.ReadTrusted(path, LargestFile), new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object) return Invalid(path, "It is not a JSON object.");
            var members = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var member in document.RootElement.EnumerateObject())
            {
                if (member.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.Null)
                    return Invalid(path, $"'{member.Name}' is not a string, a number or a Boolean.");
                if (!members.TryAdd(member.Name.ToLowerInvariant(), member.Value.ToString())) return Invalid(path, $"'{member.Name}' is there twice.");
            }

            // All or nothing: half of a file would be a third configuration that nobody wrote.
            foreach (var (name, value) in members) settings[name] = value;

            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return Invalid(path, e.Message);
        }
    }

    private static KmError Invalid(string path, string why) =>
        new(ErrorCode.InvalidPluginSettings, $"The plugin settings in {path} cannot be used", why, "Correct the file: one JSON object of names and plain values.");
}
