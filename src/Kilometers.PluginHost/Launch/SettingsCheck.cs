using Kilometers.Contracts;
using Kilometers.Contracts.Packages;

namespace Kilometers.PluginHost.Launch;

/// <summary>Compares what a user has set with what the plugin declares.</summary>
internal static class SettingsCheck
{
    /// <param name="manifest">The plugin.</param>
    /// <param name="settings">What is set.</param>
    /// <returns>The first problem; null: there is none, or the plugin declares nothing.</returns>
    public static KmError? Find(PluginManifest manifest, IReadOnlyDictionary<string, string> settings)
    {
        if (manifest.Settings is not { } declared)
            return null;
        foreach (var (name, value) in settings.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            if (declared.FirstOrDefault(one => one.Name == name) is not { } setting)
                return new KmError(
                    ErrorCode.InvalidPluginSetting,
                    $"'{manifest.Name}' has no setting '{name}'",
                    declared.Count == 0 ? "It has none." : $"It has: {string.Join(", ", declared.Select(one => one.Name))}.",
                    $"See: km plugins settings {manifest.Name}"
                );
            if (!setting.Allows(value))
                return new KmError(
                    ErrorCode.InvalidPluginSetting,
                    $"The setting '{name}' of '{manifest.Name}' must be {setting.Describe()}{(setting.Secret ? "" : $": '{value.Trim()}'")}",
                    Hint: $"Correct {PluginSettings.VariableOf(manifest.Name, name)} or config/plugins/{manifest.Name}.json. See: km plugins settings {manifest.Name}"
                );
        }

        return null;
    }
}
