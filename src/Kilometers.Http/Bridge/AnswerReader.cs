using System.Text;
using System.Text.Json;
using Kilometers.Contracts;
using Kilometers.Http.Events;

namespace Kilometers.Http.Bridge;

/// <summary>Reads what a server sends, in any of its forms, and writes it for the client.</summary>
/// <param name="connection">The server.</param>
/// <param name="output">The client.</param>
/// <param name="pending">What the client waits for.</param>
/// <param name="tools">Learns from answers.</param>
/// <param name="time">The clock.</param>
internal sealed class AnswerReader(
    ServerConnection connection,
    BridgeOutput output,
    PendingRequests pending,
    ToolHeaders tools,
    TimeProvider time
)
{
    private const int ChunkSize = 16 * 1024;
    private const int MaxAttempts = 5;

    /// <summary>How long to wait before a stream is opened again, unless the server says.</summary>
    public static readonly TimeSpan DefaultRetry = TimeSpan.FromSeconds(1);

    /// <summary>Called with the place that a server of version 2024-11-05 names.</summary>
    public Action<string> Endpoint { get; init; } = _ => { };

    /// <summary>Reads the body of an answer that is not a refusal.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="message">The message that it answers.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether the message, if it is a request, has its answer.</returns>
    public async Task<bool> ReadAsync(HttpResponseMessage response, ClientMessage message, CancellationToken cancellationToken)
    {
        switch (response.Content.Headers.ContentType?.MediaType)
        {
            case "text/event-stream":
                var parser = Parser();
                await ReadEventsAsync(response, parser, cancellationToken).ConfigureAwait(false);
                return !pending.Contains(message) || await ResumeAsync(parser, message, cancellationToken).ConfigureAwait(false);
            case "application/json":
                var body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
                if (body.Length > 0)
                    Write(body);
                break;
        }

        return !pending.Contains(message);
    }

    /// <summary>A parser that writes each event for the client.</summary>
    public EventStreamParser Parser() => new(Array.MaxLength, OnEvent);

    /// <summary>Reads an event stream to its end, however it ends.</summary>
    public static async Task ReadEventsAsync(HttpResponseMessage response, EventStreamParser parser, CancellationToken cancellationToken)
    {
        var buffer = new byte[ChunkSize];
        try
        {
            var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            while (await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var count)
                parser.Push(buffer.AsSpan(0, count));
        }
        catch (Exception e) when (e is HttpRequestException or HttpIOException)
        {
            // The connection broke, as it does when a server restarts.
        }
    }

    /// <summary>The error in the body of a refusal.</summary>
    /// <param name="response">The refusal.</param>
    /// <param name="id">The request that was refused.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether there was one, which then was passed on.</returns>
    public async Task<bool> TryPassErrorAsync(HttpResponseMessage response, string id, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        var facts = MessageFacts.Read(body);
        if (facts.Id == id && facts.IsResponse)
        {
            Write(body);
            return true;
        }

        if (!facts.IsMessage || facts.Id is not null)
            return false;
        using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 1024 });
        if (!document.RootElement.TryGetProperty("jsonrpc", out _) || !document.RootElement.TryGetProperty("error", out var error))
            return false;
        pending.Remove(id);
        output.WriteError(id, error);
        return true;
    }

    /// <summary>The stream broke before the answer came. A server that gave its events ids sends the rest when it is asked.</summary>
    private async Task<bool> ResumeAsync(EventStreamParser parser, ClientMessage message, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxAttempts && parser.LastEventId is { } last; attempt++)
        {
            await Task.Delay(parser.Retry ?? DefaultRetry, time, cancellationToken).ConfigureAwait(false);
            try
            {
                using var response = await connection.ListenAsync(last, cancellationToken).ConfigureAwait(false);
                if (!response.IsSuccessStatusCode)
                    return false;
                await ReadEventsAsync(response, parser, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is HttpRequestException or KmException)
            {
                continue;
            }

            if (!pending.Contains(message))
                return true;
            if (parser.LastEventId != last)
                attempt = 0;
        }

        return false;
    }

    private void OnEvent(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data, long skipped)
    {
        if (type.SequenceEqual("endpoint"u8))
            Endpoint(Encoding.UTF8.GetString(data));
        else if (skipped == 0)
            Write(data);
    }

    private void Write(ReadOnlySpan<byte> message)
    {
        var facts = MessageFacts.Read(message);
        if (facts.IsResponse)
            Take(facts.Id!, message);
        output.Write(message);
    }

    private void Take(string id, ReadOnlySpan<byte> response)
    {
        if (pending.Remove(id) is not { Facts.Method: "initialize" or "tools/list" } request)
            return;
        try
        {
            using var document = JsonDocument.Parse(response.ToArray(), new JsonDocumentOptions { MaxDepth = 1024 });
            if (request.Facts.Method == "tools/list")
                tools.Learn(document.RootElement);
            else if (
                document.RootElement.TryGetProperty("result", out var result)
                && result.ValueKind == JsonValueKind.Object
                && result.TryGetProperty("protocolVersion", out var version)
                && version.ValueKind == JsonValueKind.String
            )
                connection.Version = version.GetString();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Text that is not UTF-8: the client says what it thinks of that.
        }
    }
}
