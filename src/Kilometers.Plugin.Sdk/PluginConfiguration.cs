using System.Globalization;
using Kilometers.Plugin.Sdk.Redaction;

namespace Kilometers.Plugin.Sdk;

/// <summary>What the user and the host configured for the plugin.</summary>
public sealed record PluginConfiguration
{
    /// <summary>The base address of the Kilometers API; empty if there is none.</summary>
    public string ApiEndpoint { get; init; } = "";

    /// <summary>Whether the user asked for more detail in logs.</summary>
    public bool Debug { get; init; }

    /// <summary>The plugin's own settings, by lower-case name.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>The only folder the plugin may write; empty: none.</summary>
    public string StateDirectory { get; init; } = "";

    /// <summary>Whether what the plugin prints is shown on a terminal that takes colours.</summary>
    public bool Color { get; init; }

    /// <summary>The plugin's own key under contract version 1; empty otherwise. A secret.</summary>
    public string ApiKey { get; init; } = "";

    /// <summary>Whether a setting is on: <c>1</c>, <c>true</c>, <c>yes</c> or <c>on</c>, without regard to case.</summary>
    /// <param name="setting">The setting's lower-case name.</param>
    public bool IsOn(string setting) =>
        Settings.TryGetValue(setting, out var value) && value.Trim().ToUpperInvariant() is "1" or "TRUE" or "YES" or "ON";

    /// <summary>A setting without the spaces around it.</summary>
    /// <param name="setting">The setting's lower-case name.</param>
    /// <param name="defaultValue">What it is where it is empty, or not set.</param>
    public string Text(string setting, string defaultValue = "") =>
        Settings.TryGetValue(setting, out var value) && value.Trim() is { Length: > 0 } text ? text : defaultValue;

    /// <summary>A setting that is a whole number.</summary>
    /// <param name="setting">The setting's lower-case name.</param>
    /// <param name="unit">What is counted, for the error: <c>megabytes</c>.</param>
    /// <param name="min">The least that it may be.</param>
    /// <param name="max">The most that it may be.</param>
    /// <param name="defaultValue">What it is where it is empty, or not set.</param>
    /// <exception cref="ArgumentException">It is something else; the message says what it may be.</exception>
    public long Number(string setting, string unit, long min, long max, long defaultValue)
    {
        var text = Text(setting, defaultValue.ToString(CultureInfo.InvariantCulture));
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? value
            : throw new ArgumentException($"{setting} must be a whole number of {unit} from {min} to {max}: '{text}'.");
    }

    /// <summary>A setting that is one of a few words.</summary>
    /// <param name="setting">The setting's lower-case name.</param>
    /// <param name="defaultValue">What it is where it is empty, or not set.</param>
    /// <param name="values">The words, two or more. Case matters.</param>
    /// <exception cref="ArgumentException">It is something else; the message says what it may be.</exception>
    public string OneOf(string setting, string defaultValue, params string[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var text = Text(setting, defaultValue);
        return values.Contains(text)
            ? text
            : throw new ArgumentException($"{setting} must be {string.Join(", ", values[..^1])} or {values[^1]}: '{text}'.");
    }

    /// <summary>
    /// The rules for masking, with those that the user adds: names in <c>redact_keys</c>, joined by commas, and regular expressions in
    /// <c>redact_patterns</c>, one per line.
    /// </summary>
    /// <exception cref="ArgumentException">An expression is invalid; the message says which.</exception>
    public Redactor CreateRedactor()
    {
        const StringSplitOptions Tidy = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        try
        {
            return new(Text("redact_keys").Split(',', Tidy), Text("redact_patterns").Split('\n', Tidy));
        }
        catch (ArgumentException exception)
        {
            throw new ArgumentException($"redact_patterns: {exception.Message}", exception);
        }
    }

    /// <summary>Settings that mean nothing to the plugin: typing errors, perhaps. In alphabetical order.</summary>
    /// <param name="known">The names of those that do.</param>
    public IReadOnlyList<string> UnknownSettings(IEnumerable<string> known) =>
        [.. Settings.Keys.Except(known).Order(StringComparer.Ordinal)];
}
