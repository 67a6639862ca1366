using System.Text.Json;

namespace Kilometers.Monitoring.JsonRpc;

/// <summary>
/// Reads who the client says it is: <c>clientInfo</c> in the params of <c>initialize</c>, or in a modern request's <c>_meta</c>. Only for the
/// first messages of a session: it takes a message apart.
/// </summary>
internal static class ClientReader
{
    /// <summary>A larger message is not looked at: a client that introduces itself has less to say.</summary>
    private const int MaxMessage = 256 * 1024;

    private const int MaxText = 200;

    /// <returns>Null if the message does not say it. Never throws.</returns>
    public static (string Name, string Version)? Read(ReadOnlySpan<byte> message)
    {
        if (message.Length > MaxMessage || message.IndexOf("lientInfo"u8) < 0)
            return null;
        try
        {
            var root = JsonElement.Parse(message);
            return
                Member(root, "params") is { } parameters
                && (
                    Member(parameters, "clientInfo")
                    ?? (Member(parameters, "_meta") is { } meta ? Member(meta, "io.modelcontextprotocol/clientInfo") : null)
                )
                    is { } client
                && Text(client, "name") is { Length: > 0 } name
                ? (name, Text(client, "version") ?? "")
                : null;
        }
        catch (JsonException)
        {
            // The envelope was read, and what it does not need may still be broken.
            return null;
        }
    }

    private static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(name, out var member)
        && member.ValueKind == JsonValueKind.Object
            ? member
            : null;

    private static string? Text(JsonElement element, string name)
    {
        if (!element.TryGetProperty(name, out var member) || member.ValueKind != JsonValueKind.String)
            return null;
        try
        {
            return member.GetString() is { } text && text.Length > MaxText ? text[..MaxText] : member.GetString();
        }
        catch (InvalidOperationException)
        {
            // An escape of half a surrogate pair.
            return null;
        }
    }
}
