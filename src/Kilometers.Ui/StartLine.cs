using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kilometers.Ui;

/// <summary>The one line that km reads.</summary>
internal sealed record StartLine
{
    /// <summary>Where the pages are.</summary>
    public string? Address { get; init; }

    /// <summary>The same with the token that opens them, once.</summary>
    public string? Url { get; init; }

    /// <summary>Why there are none.</summary>
    public string? Error { get; init; }

    public static string Ready(string address, string url) =>
        JsonSerializer.Serialize(new StartLine { Address = address, Url = url }, StartLineJson.Default.StartLine);

    public static string Failed(string error) => JsonSerializer.Serialize(new StartLine { Error = error }, StartLineJson.Default.StartLine);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(StartLine))]
internal sealed partial class StartLineJson : JsonSerializerContext;
