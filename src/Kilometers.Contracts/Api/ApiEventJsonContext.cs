using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kilometers.Contracts.Api;

/// <summary>
/// Reads and writes what <c>/api/events</c> takes and gives. Strict: in what a client sends, unknown, duplicate and missing members, other
/// case and nulls are errors (<see cref="JsonException"/>); a member that is null is not written.
/// </summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 16
)]
[JsonSerializable(typeof(EventBatch))]
[JsonSerializable(typeof(EventItem))]
[JsonSerializable(typeof(EventBatchResult))]
[JsonSerializable(typeof(EventPage))]
[JsonSerializable(typeof(EventStatistics))]
public sealed partial class ApiEventJsonContext : JsonSerializerContext;
