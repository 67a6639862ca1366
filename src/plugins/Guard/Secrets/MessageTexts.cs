using System.Text;
using System.Text.Json;
using Kilometers.Plugin.Sdk.Observing;

namespace Kilometers.Plugins.Guard.Secrets;

/// <summary>The strings of one message, decoded once for all searches.</summary>
/// <param name="message">The message.</param>
internal sealed class MessageTexts(ObservedMessage message)
{
    /// <summary>Bytes of a message that are searched.</summary>
    public const int MaxText = 256 * 1024;

    /// <summary>Beyond this, a member of such a name is a file: an image, a sound.</summary>
    private const int MaxData = 1024;

    private List<string>? _all;

    /// <summary>The strings, as far as the message is JSON.</summary>
    public IReadOnlyList<string> All => _all ??= Read(message.Payload.Span);

    /// <summary>The strings in a message, as far as it is JSON.</summary>
    internal static List<string> Read(ReadOnlySpan<byte> payload)
    {
        var texts = new List<string>();
        if (payload.Length > MaxText)
            payload = payload[..MaxText];
        var reader = new Utf8JsonReader(payload, isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { MaxDepth = 256 }));
        var isData = false;
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName)
                    isData = reader.ValueTextEquals("data"u8) || reader.ValueTextEquals("blob"u8);
                else if (
                    reader.TokenType == JsonTokenType.String
                    && !(isData && reader.ValueSpan.Length > MaxData)
                    && reader.ValueSpan.Length > 3
                )
                    texts.Add(TextOf(ref reader));
            }
        }
        catch (JsonException)
        {
            // Not JSON from here on.
        }

        // A text that was cut off, or what is not JSON, is searched as it is written.
        if (reader.BytesConsumed < payload.Length)
            texts.Add(Encoding.UTF8.GetString(payload[(int)reader.BytesConsumed..]));
        return texts;
    }

    private static string TextOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Encoding.UTF8.GetString(reader.ValueSpan);
        }
    }
}
