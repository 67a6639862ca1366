using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kilometers.Packager.Keys;

/// <summary>What the certificates alone do not say: which of them are in use, and how many revocation lists there were.</summary>
internal sealed record KeyState
{
    /// <summary>Whose keys they are.</summary>
    public required string Organization { get; init; }

    /// <summary>The authority that issues leaves and signs revocation lists, by its name in the folder.</summary>
    public required string ActiveIntermediate { get; init; }

    /// <summary>The leaf that signs packages, by its name in the folder.</summary>
    public required string ActiveLeaf { get; init; }

    /// <summary>The number of the last revocation list; 0: there was none.</summary>
    public required long RevocationNumber { get; init; }

    /// <returns>The state; null if it is damaged.</returns>
    public static KeyState? Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, KeyStateJsonContext.Default.KeyState);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, KeyStateJsonContext.Default.KeyState);
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, MaxDepth = 4)]
[JsonSerializable(typeof(KeyState))]
internal sealed partial class KeyStateJsonContext : JsonSerializerContext;
