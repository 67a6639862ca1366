using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kilometers.Definitions;

/// <summary>Writes the values of an enumeration as words, as all JSON of km does.</summary>
public sealed class CamelCaseEnum<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;
