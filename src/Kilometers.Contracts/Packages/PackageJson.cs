using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kilometers.Contracts.Packages;

/// <summary>
/// Reads and writes what packages are signed over. Strict: unknown and duplicate members, other case, comments and nulls are errors; so is a
/// byte order mark in a statement, but not in a description, which a person writes.
/// </summary>
public static class PackageJson
{
    /// <summary>Reads a statement.</summary>
    /// <param name="json">UTF-8.</param>
    /// <returns>The statement; what it says is not checked.</returns>
    /// <exception cref="JsonException">It is not one.</exception>
    public static PackageStatement ReadStatement(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, PackageJsonContext.Default.PackageStatement) ?? throw new JsonException("null is not a statement");

    /// <summary>Writes a statement.</summary>
    /// <param name="statement">The statement.</param>
    /// <returns>UTF-8 without white space; the same statement gives the same bytes.</returns>
    public static byte[] Write(PackageStatement statement) =>
        JsonSerializer.SerializeToUtf8Bytes(statement, PackageJsonContext.Default.PackageStatement);

    /// <summary>Reads an author's <c>manifest.json</c>.</summary>
    /// <param name="json">UTF-8.</param>
    /// <returns>The description; what it says is not checked.</returns>
    /// <exception cref="JsonException">It is not one.</exception>
    public static PluginDescription ReadDescription(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(WrittenText.WithoutMark(json), PackageJsonContext.Default.PluginDescription)
        ?? throw new JsonException("null is not a description");
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 16)]
[JsonSerializable(typeof(PackageStatement))]
[JsonSerializable(typeof(PluginDescription))]
internal sealed partial class PackageJsonContext : JsonSerializerContext;
