using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kilometers.GoPlugin.Client;

namespace Kilometers.PluginHost.Logs;

/// <summary>One thing that a plugin said, as it is kept.</summary>
internal sealed record PluginLogLine
{
    public required DateTimeOffset At { get; init; }

    /// <summary>The session in which it was said, or all that used the process where it was said in none in particular.</summary>
    public IReadOnlyList<PluginLogSession> Sessions { get; init; } = [];

    /// <summary>The level of a line of its log; null for what it printed.</summary>
    public string? Level { get; init; }

    public string Text { get; init; } = "";

    /// <summary>What a line of its log says besides.</summary>
    public IReadOnlyDictionary<string, string>? Fields { get; init; }

    /// <summary>How many lines could not be kept here; then there is no text.</summary>
    public long? Lost { get; init; }

    [JsonIgnore]
    public long Size => Text.Length + (Fields?.Sum(pair => pair.Key.Length + pair.Value.Length) ?? 0);

    /// <summary>A line of a plugin's log.</summary>
    public static PluginLogLine Of(PluginLogEntry entry, DateTimeOffset at, IReadOnlyList<PluginLogSession> sessions)
    {
        // Whom it comes from is known, and where in the program is the author's to look for.
        var fields = entry.Fields.Where(field => !field.Key.StartsWith('@')).ToDictionary();
        return new()
        {
            At = at,
            Sessions = sessions,
            Level = Name(entry.Level),
            Text = entry.Message,
            Fields = fields.Count > 0 ? fields : null,
        };
    }

    private static string Name(PluginLogLevel level) =>
        level switch
        {
            PluginLogLevel.Trace => "trace",
            PluginLogLevel.Debug => "debug",
            PluginLogLevel.Information => "info",
            PluginLogLevel.Warning => "warn",
            _ => "error",
        };
}

/// <summary>A session of a plugin.</summary>
/// <param name="Id">Its identifier, as in the audit log.</param>
/// <param name="Server">The server's label.</param>
internal sealed record PluginLogSession(string Id, string Server);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(PluginLogLine))]
internal sealed partial class PluginLogJsonContext : JsonSerializerContext
{
    /// <summary>As a person would read it in the file; who prints it escapes what a terminal must not get.</summary>
    public static JsonWriterOptions WriterOptions { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
