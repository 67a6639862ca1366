using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kilometers.Audit.Storage;

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 4
)]
[JsonSerializable(typeof(LogRecord))]
[JsonSerializable(typeof(LogHead))]
internal sealed partial class AuditJsonContext : JsonSerializerContext;
