using System.Text.Json;
using System.Text.Json.Serialization;
using Kilometers.Contracts.Packages;
using Kilometers.Files;
using Kilometers.Packaging.Trust;
using Kilometers.PluginHost.Consent;

namespace Kilometers.PluginHost.Installation;

/// <summary>
/// What was installed, and the highest release of each plugin ever installed. A convenience, never trust: what runs is decided by
/// verifying the packages themselves, each time. If it is damaged or lost, it is rebuilt from them.
/// </summary>
internal sealed record PluginRegistry
{
    private const int MaxFile = 4 << 20;

    /// <summary>Required: a member that is left out would be null, whatever its initializer says.</summary>
    public required SortedDictionary<string, RegisteredPlugin> Plugins { get; init; }

    public static PluginRegistry Empty() => new() { Plugins = new(StringComparer.Ordinal) };

    /// <summary>The highest release of a plugin that was ever installed here; 0: none.</summary>
    public long HighestSequence(string plugin) => Plugins.TryGetValue(plugin, out var found) ? found.HighestSequence : 0;

    /// <summary>Reads the registry.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isDamaged">Whether there was something that could not be read.</param>
    public static PluginRegistry Read(string path, out bool isDamaged)
    {
        isDamaged = false;
        try
        {
            if (!File.Exists(path))
                return Empty();
            if (
                JsonSerializer.Deserialize(PrivateFile.ReadTrusted(path, MaxFile), RegistryJsonContext.Default.PluginRegistry)
                    is { } registry
                && registry.Plugins.All(entry => PluginName.IsValid(entry.Key) && entry.Value is { HighestSequence: >= 0 })
            )
                return registry;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            // As if it were not there, and said so.
        }

        isDamaged = true;
        return Empty();
    }

    public void Write(string path) =>
        PrivateFile.Replace(path, JsonSerializer.SerializeToUtf8Bytes(this, RegistryJsonContext.Default.PluginRegistry));
}

/// <summary>One plugin in the registry.</summary>
internal sealed record RegisteredPlugin
{
    /// <summary>The installed version; null after removal.</summary>
    public string? Version { get; init; }

    /// <summary>The installed payload; null after removal.</summary>
    public string? PayloadDigest { get; init; }

    public DateTimeOffset? Installed { get; init; }

    /// <summary>When it last became Active.</summary>
    public DateTimeOffset? LastAuthenticated { get; init; }

    public required long HighestSequence { get; init; }

    /// <summary>What the user agreed that it may do; null after removal, and where it was installed before this was recorded.</summary>
    public PluginPermissions? Agreed { get; init; }

    /// <summary>When the user agreed.</summary>
    public DateTimeOffset? AgreedAt { get; init; }

    /// <summary>Whose name it is; stays after removal. Null where it was installed before this was recorded.</summary>
    public PublisherIdentity? Publisher { get; init; }
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    MaxDepth = 8
)]
[JsonSerializable(typeof(PluginRegistry))]
internal sealed partial class RegistryJsonContext : JsonSerializerContext;
