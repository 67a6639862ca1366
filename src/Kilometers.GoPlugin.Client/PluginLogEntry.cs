namespace Kilometers.GoPlugin.Client;

/// <summary>One line of a plugin's standard error.</summary>
/// <param name="Level">The level that the line states, or that was inferred from its beginning.</param>
/// <param name="Message">The message: hclog's <c>@message</c>, or the line without its level prefix.</param>
/// <param name="Timestamp">hclog's <c>@timestamp</c>; null if the line has none that can be read.</param>
/// <param name="Fields">
/// Every other member of an hclog line, <c>@module</c> and <c>@caller</c> included; a value that is not a string as its JSON text.
/// </param>
/// <param name="RawLine">The line as it was read, without its end; bytes that are not UTF-8 are replaced.</param>
public sealed record PluginLogEntry(
    PluginLogLevel Level,
    string Message,
    DateTimeOffset? Timestamp,
    IReadOnlyDictionary<string, string> Fields,
    string RawLine
)
{
    /// <summary>How many bytes of an over-long line were left out of <see cref="RawLine"/>; lines are kept up to 64 KiB.</summary>
    public long BytesLeftOut { get; init; }
}
