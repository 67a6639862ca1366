using System.Text.Json.Serialization;

namespace Kilometers.Clients.Changes;

/// <summary>What km changed in one entry, so that it can be taken back to the byte.</summary>
internal sealed record WrapRecord
{
    /// <summary>The file itself, where links led to it.</summary>
    public required string File { get; init; }

    /// <summary>The names that lead to the entry.</summary>
    public required IReadOnlyList<string> Path { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>The entry's bytes before.</summary>
    public required byte[] Original { get; init; }

    /// <summary>The entry's bytes after.</summary>
    public required byte[] Wrapped { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(WrapRecord))]
internal sealed partial class WrapRecordJson : JsonSerializerContext;
