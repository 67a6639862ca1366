using System.Buffers;
using System.Text.Json;
using Kilometers.Contracts;
using Kilometers.Http.Observing;
using Kilometers.Link.Ring;

namespace Kilometers.Http.Bridge;

/// <summary>What the client reads: one message per line, whole lines only.</summary>
/// <param name="stream">Where it reads.</param>
/// <param name="session">Sees what was written.</param>
internal sealed class BridgeOutput(Stream stream, ObservedSession session)
{
    /// <summary>The code of JSON-RPC for faults of a server's own choice.</summary>
    private const int ServerFault = -32000;

    private readonly Lock _gate = new();

    /// <summary>Writes a message.</summary>
    /// <exception cref="IOException">Nobody reads any more.</exception>
    public void Write(ReadOnlySpan<byte> message)
    {
        var line = ArrayPool<byte>.Shared.Rent(message.Length + 1);
        try
        {
            // In JSON a line end can only be between tokens, where a space is as good.
            message.CopyTo(line);
            line.AsSpan(0, message.Length).Replace((byte)'\n', (byte)' ');
            line.AsSpan(0, message.Length).Replace((byte)'\r', (byte)' ');
            line[message.Length] = (byte)'\n';
            lock (_gate)
                stream.Write(line.AsSpan(0, message.Length + 1));
            session.Add(Channel.Outbound, message);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(line);
        }
    }

    /// <summary>Answers a request that got no answer of the server's.</summary>
    /// <param name="id">Its id, as it is written.</param>
    /// <param name="error">Why.</param>
    /// <param name="status">The status of HTTP; null if there was no answer at all.</param>
    public void WriteFailure(string id, KmError error, int? status)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text))
        {
            Begin(json, id);
            json.WriteStartObject("error");
            json.WriteNumber("code", ServerFault);
            json.WriteString(
                "message",
                string.Join(". ", new[] { error.Summary, error.Detail, error.Hint }.Where(part => part is not null))
            );
            json.WriteStartObject("data");
            json.WriteString("code", error.Code);
            if (status is { } number)
                json.WriteNumber("httpStatus", number);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        Write(text.WrittenSpan);
    }

    /// <summary>Passes an error on that the server gave without saying for which request.</summary>
    public void WriteError(string id, JsonElement error)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text))
        {
            Begin(json, id);
            json.WritePropertyName("error");
            error.WriteTo(json);
            json.WriteEndObject();
        }

        Write(text.WrittenSpan);
    }

    private static void Begin(Utf8JsonWriter json, string id)
    {
        json.WriteStartObject();
        json.WriteString("jsonrpc", "2.0");
        json.WritePropertyName("id");
        json.WriteRawValue(id);
    }
}
