using Kilometers.Plugin.Sdk;

namespace Kilometers.Plugins.Guard;

/// <summary>The plugin's settings, checked (docs/plugins/guard.md).</summary>
internal sealed record GuardSettings
{
    private static readonly string[] Known = ["results", "secrets", "ignore"];

    public required string Folder { get; init; }

    /// <summary>Whether results are searched for hidden text and instructions.</summary>
    public required bool Results { get; init; }

    /// <summary>Whether messages are searched for secrets and personal data.</summary>
    public required bool Secrets { get; init; }

    /// <summary>Codes of findings that are not wanted.</summary>
    public required IReadOnlySet<string> Ignored { get; init; }

    /// <summary>Settings that mean nothing here: typing errors, perhaps.</summary>
    public required IReadOnlyList<string> Unknown { get; init; }

    /// <exception cref="ArgumentException">A setting is invalid; the message says which and what it may be.</exception>
    public static GuardSettings Read(PluginConfiguration configuration)
    {
        var settings = configuration.Settings;
        return new()
        {
            Folder =
                configuration.StateDirectory.Length > 0
                    ? configuration.StateDirectory
                    : throw new ArgumentException(
                        "There is nowhere to keep definitions: km gave the plugin no state directory. Install it: km plugins install guard"
                    ),
            Results = IsOn(settings, "results"),
            Secrets = IsOn(settings, "secrets"),
            Ignored = Codes(settings),
            Unknown = [.. settings.Keys.Except(Known).Order(StringComparer.Ordinal)],
        };
    }

    private static bool IsOn(IReadOnlyDictionary<string, string> settings, string name) =>
        Text(settings, name, "on") switch
        {
            "on" => true,
            "off" => false,
            var other => throw new ArgumentException($"{name} must be on, off: '{other}'."),
        };

    private static HashSet<string> Codes(IReadOnlyDictionary<string, string> settings)
    {
        var codes = Text(settings, "ignore", "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return Array.Find(codes, code => !code.StartsWith("GRD_", StringComparison.Ordinal)) is { } wrong
            ? throw new ArgumentException($"ignore must be codes such as GRD_TXT_002, with commas between: '{wrong}'.")
            : [.. codes];
    }

    private static string Text(IReadOnlyDictionary<string, string> settings, string name, string otherwise) =>
        settings.TryGetValue(name, out var value) && value.Trim() is { Length: > 0 } text ? text : otherwise;
}
