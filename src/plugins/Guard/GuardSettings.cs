using Kilometers.Plugin.Sdk;

namespace Kilometers.Plugins.Guard;

/// <summary>The plugin's settings, checked (docs/plugins/guard.md).</summary>
internal sealed record GuardSettings
{
    private static readonly string[] Known = ["results", "secrets", "flows", "ignore"];

    public required string Folder { get; init; }

    /// <summary>Whether results are searched for hidden text and instructions.</summary>
    public required bool Results { get; init; }

    /// <summary>Whether messages are searched for secrets and personal data.</summary>
    public required bool Secrets { get; init; }

    /// <summary>Whether what passes from one server to another is followed.</summary>
    public required bool Flows { get; init; }

    /// <summary>Codes of findings that are not wanted.</summary>
    public required IReadOnlySet<string> Ignored { get; init; }

    /// <summary>Settings that mean nothing here: typing errors, perhaps.</summary>
    public required IReadOnlyList<string> Unknown { get; init; }

    /// <exception cref="ArgumentException">A setting is invalid; the message says which and what it may be.</exception>
    public static GuardSettings Read(PluginConfiguration configuration)
    {
        return new()
        {
            Folder =
                configuration.StateDirectory.Length > 0
                    ? configuration.StateDirectory
                    : throw new ArgumentException(
                        "There is nowhere to keep definitions: km gave the plugin no state directory. Install it: km plugins install guard"
                    ),
            Results = configuration.OneOf("results", "on", "on", "off") == "on",
            Secrets = configuration.OneOf("secrets", "on", "on", "off") == "on",
            Flows = configuration.OneOf("flows", "on", "on", "off") == "on",
            Ignored = Codes(configuration),
            Unknown = configuration.UnknownSettings(Known),
        };
    }

    private static HashSet<string> Codes(PluginConfiguration configuration)
    {
        var codes = configuration.Text("ignore").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return Array.Find(codes, code => !code.StartsWith("GRD_", StringComparison.Ordinal)) is { } wrong
            ? throw new ArgumentException($"ignore must be codes such as GRD_TXT_002, with commas between: '{wrong}'.")
            : [.. codes];
    }
}
