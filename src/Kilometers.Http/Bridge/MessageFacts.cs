using System.Text;
using System.Text.Json;

namespace Kilometers.Http.Bridge;

/// <summary>What the outermost object of a message says.</summary>
/// <param name="Id">The id as it is written; null if there is none.</param>
/// <param name="Method">The method; null for a response.</param>
/// <param name="IsMessage">Whether it is an object of JSON-RPC, neither a batch nor something else.</param>
internal readonly record struct MessageFacts(string? Id, string? Method, bool IsMessage)
{
    public bool IsRequest => Id is not null && Method is not null;

    public bool IsResponse => Id is not null && Method is null;

    /// <summary>Reads them. What is not JSON has none.</summary>
    public static MessageFacts Read(ReadOnlySpan<byte> message)
    {
        var (id, method) = ((string?)null, (string?)null);
        var reader = new Utf8JsonReader(message, new JsonReaderOptions { MaxDepth = 1024 });
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return default;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var (isId, isMethod) = (reader.ValueTextEquals("id"u8), reader.ValueTextEquals("method"u8));
                reader.Read();
                if (isId && reader.TokenType is (JsonTokenType.String or JsonTokenType.Number))
                    id = Encoding.UTF8.GetString(message[(int)reader.TokenStartIndex..(int)reader.BytesConsumed]);
                else if (isMethod && reader.TokenType == JsonTokenType.String)
                    method = reader.GetString();
                reader.Skip();
            }

            // Something after the object makes it another thing.
            return reader.Read() ? default : new MessageFacts(id, method, true);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return default;
        }
    }
}
