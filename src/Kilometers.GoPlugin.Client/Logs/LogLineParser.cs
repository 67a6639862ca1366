using System.Collections.ObjectModel;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Kilometers.GoPlugin.Client.Logs;

/// <summary>
/// Reads the lines of a plugin's standard error: hclog's JSON with values of any type, <c>[LEVEL]</c> prefixes, and a panic with
/// all that follows it up to the next hclog line. Never throws, whatever the bytes.
/// </summary>
internal sealed class LogLineParser
{
    private static readonly (string Prefix, PluginLogLevel Level)[] Prefixes =
    [
        ("[TRACE]", PluginLogLevel.Trace),
        ("[DEBUG]", PluginLogLevel.Debug),
        ("[INFO]", PluginLogLevel.Information),
        ("[WARN]", PluginLogLevel.Warning),
        ("[ERROR]", PluginLogLevel.Error),
    ];

    private static readonly string[] Crashes = ["panic:", "fatal error:", "Unhandled exception."];
    private bool _crashed;

    public PluginLogEntry Parse(ReadOnlySpan<byte> line)
    {
        var raw = Encoding.UTF8.GetString(line);
        if (ParseHclog(line, raw) is { } entry)
        {
            _crashed = false;
            return entry;
        }

        foreach (var crash in Crashes)
            _crashed |= raw.StartsWith(crash, StringComparison.Ordinal);
        if (_crashed)
            return Plain(PluginLogLevel.Error, raw, raw);

        foreach (var (prefix, level) in Prefixes)
        {
            if (raw.StartsWith(prefix, StringComparison.Ordinal))
                return Plain(level, raw[prefix.Length..].TrimStart(), raw);
        }

        return Plain(PluginLogLevel.Debug, raw, raw);
    }

    private static PluginLogEntry Plain(PluginLogLevel level, string message, string raw) =>
        new(level, message, null, ReadOnlyDictionary<string, string>.Empty, raw);

    /// <returns>The entry, or null if the line is not a JSON object with <c>@level</c> or <c>@message</c>.</returns>
    private static PluginLogEntry? ParseHclog(ReadOnlySpan<byte> line, string raw)
    {
        if (!line.StartsWith("{"u8))
            return null;
        string? level = null,
            message = null;
        DateTimeOffset? timestamp = null;
        Dictionary<string, string>? fields = null;
        try
        {
            var reader = new Utf8JsonReader(line);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                reader.Read();
                var value = Value(ref reader, line);
                if (name == "@level")
                    level = value;
                else if (name == "@message")
                    message = value;
                else if (name == "@timestamp" && ParseTime(value) is { } time)
                    timestamp = time;
                else
                    (fields ??= new Dictionary<string, string>(StringComparer.Ordinal))[name] = value;
            }

            // Bytes after the object make the reader throw.
            reader.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON; or JSON with a lone surrogate, which GetString refuses.
            return null;
        }

        if (level is null && message is null)
            return null;
        IReadOnlyDictionary<string, string> rest = fields is null ? ReadOnlyDictionary<string, string>.Empty : fields;
        return new PluginLogEntry(ParseLevel(level), message ?? "", timestamp, rest, raw);
    }

    private static string Value(ref Utf8JsonReader reader, ReadOnlySpan<byte> line)
    {
        if (reader.TokenType == JsonTokenType.String)
            return reader.GetString()!;
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return Encoding.UTF8.GetString(line[start..(int)reader.BytesConsumed]);
    }

    private static DateTimeOffset? ParseTime(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    private static PluginLogLevel ParseLevel(string? level) =>
        level?.ToUpperInvariant() switch
        {
            "TRACE" => PluginLogLevel.Trace,
            "INFO" => PluginLogLevel.Information,
            "WARN" => PluginLogLevel.Warning,
            "ERROR" => PluginLogLevel.Error,
            _ => PluginLogLevel.Debug,
        };
}
