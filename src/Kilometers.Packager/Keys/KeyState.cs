using System.Text.Json;
using System.Text.Json.Serialization;
using Kilometers.Packaging.Trust;

namespace Kilometers.Packager.Keys;

/// <summary>What the certificates alone do not say: which of them are in use, and how many revocation lists there were.</summary>
internal sealed record KeyState
{
    /// <summary>Whose keys they are.</summary>
    public required string Organization { get; init; }

    /// <summary>The authority that issues leaves and signs revocation lists, by its name in the folder.</summary>
    public required string ActiveIntermediate { get; init; }

    /// <summary>The leaf that signs plugins, by its name in the folder.</summary>
    public required string ActiveLeaf { get; init; }

    /// <summary>The authority of leaves for releases of km; null: there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ActiveKmIntermediate { get; init; }

    /// <summary>The leaf that signs releases of km; null: there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ActiveKmLeaf { get; init; }

    /// <summary>The number of the last revocation list; 0: there was none.</summary>
    public required long RevocationNumber { get; init; }

    /// <summary>The authority of leaves for one kind of package; null: there is none.</summary>
    public string? Intermediate(SignerRole role) => role == SignerRole.KmPublisher ? ActiveKmIntermediate : ActiveIntermediate;

    /// <summary>The leaf that signs one kind of package; null: there is none.</summary>
    public string? Leaf(SignerRole role) => role == SignerRole.KmPublisher ? ActiveKmLeaf : ActiveLeaf;

    /// <summary>With other keys in use for one kind of package.</summary>
    public KeyState With(SignerRole role, string intermediate, string leaf) =>
        role == SignerRole.KmPublisher
            ? this with
            {
                ActiveKmIntermediate = intermediate,
                ActiveKmLeaf = leaf,
            }
            : this with
            {
                ActiveIntermediate = intermediate,
                ActiveLeaf = leaf,
            };

    /// <summary>Whether a certificate is in use, by its name in the folder.</summary>
    public bool IsActive(string name) =>
        name == ActiveIntermediate || name == ActiveLeaf || name == ActiveKmIntermediate || name == ActiveKmLeaf;

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

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    MaxDepth = 4
)]
[JsonSerializable(typeof(KeyState))]
internal sealed partial class KeyStateJsonContext : JsonSerializerContext;
