using System.Text.Json.Serialization;

namespace Kilometers.Recordings.Writing;

[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
internal sealed partial class RecordingJsonContext : JsonSerializerContext;
