using System.Text.Json.Serialization;

namespace Kilometers.Definitions;

/// <summary>How records are written. What a newer version adds is passed over; what is missing is an error.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = true,
    MaxDepth = 16
)]
[JsonSerializable(typeof(ServerRecord))]
internal sealed partial class RecordJson : JsonSerializerContext;
