using System.Buffers;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Kilometers.Contracts.Api;
using Kilometers.Plugin.Sdk;

namespace Kilometers.Plugins.ApiLogger.Sending;

/// <summary>One call of <c>POST /api/events/batch</c>. Every answer but a complete 202 leaves the events unconfirmed.</summary>
internal sealed class EventsClient : IDisposable
{
    public static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(30);
    private const long MaxAnswer = 4 << 20;

    private readonly Uri _address;
    private readonly string _cliVersion;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;

    public EventsClient(Uri address, string cliVersion, TimeProvider time)
    {
        _address = address;
        _cliVersion = cliVersion;
        _time = time;
        // A redirection could lead the messages elsewhere. A connection lives so long that a change of DNS is seen.
        // No proxy for this machine itself: it would get the token unencrypted. In km its network is used, and that has the user's proxy.
        var handler = HostNetwork.CreateHandler();
        handler.AllowAutoRedirect = false;
        handler.UseCookies = false;
        handler.UseProxy &= address.Scheme == Uri.UriSchemeHttps;
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MaxAnswer };
    }

    /// <param name="events">The events' JSON, at least one.</param>
    /// <param name="token">The entitlement token.</param>
    /// <param name="cancellationToken">Ends the waiting; what the server did is unknown then.</param>
    public async Task<SendResult> SendAsync(IReadOnlyList<ReadOnlyMemory<byte>> events, string token, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(RequestTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = Body(events) };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var response = await _http.SendAsync(request, either.Token).ConfigureAwait(false);
            return Classify(response, await response.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false), events);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(SendStatus.Failed, $"no answer within {RequestTimeout.TotalSeconds:0} s");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or FormatException)
        {
            return new(SendStatus.Failed, (exception.InnerException ?? exception).Message.ReplaceLineEndings(" "));
        }
    }

    public void Dispose() => _http.Dispose();

    private SendResult Classify(HttpResponseMessage response, byte[] body, IReadOnlyList<ReadOnlyMemory<byte>> events)
    {
        var status = $"HTTP {(int)response.StatusCode}";
        return response.StatusCode switch
        {
            HttpStatusCode.Accepted => Taken(body, events),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new(SendStatus.Unauthorized, status),
            HttpStatusCode.RequestEntityTooLarge => new(SendStatus.Refused, status),
            // Only the API's own words can condemn events: a proxy's page of the same status says nothing about them.
            HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity when IsProblem(response) => new(SendStatus.Refused, status),
            _ => new(SendStatus.Failed, status, RetryAfter(response)),
        };
    }

    private static bool IsProblem(HttpResponseMessage response) =>
        response.Content.Headers.ContentType?.MediaType == "application/problem+json";

    private static SendResult Taken(byte[] body, IReadOnlyList<ReadOnlyMemory<byte>> events)
    {
        EventBatchResult? result;
        try
        {
            result = JsonSerializer.Deserialize(body, ApiEventJsonContext.Default.EventBatchResult);
        }
        catch (JsonException)
        {
            result = null;
        }
        var known = (result?.Results ?? [])
            .Where(static one => one is { Status: EventStatus.Stored or EventStatus.Duplicate or EventStatus.Rejected })
            .ToLookup(static one => one.Id);
        if (!events.All(one => known.Contains(IdOf(one))))
            return new(SendStatus.Failed, "HTTP 202, but the answer does not say what became of each event");
        return new(
            SendStatus.Taken,
            Rejected: [.. events.SelectMany(one => known[IdOf(one)].Take(1)).Where(static one => one.Status == EventStatus.Rejected)]
        );
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response) =>
        response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - _time.GetUtcNow(),
            _ => null,
        };

    /// <summary>Every event begins with its id; this one is made so (<see cref="EventItem"/>'s first member).</summary>
    internal static Guid IdOf(ReadOnlyMemory<byte> item)
    {
        var reader = new Utf8JsonReader(item.Span);
        return reader.Read() && reader.Read() && reader.ValueTextEquals("id"u8) && reader.Read() && reader.TryGetGuid(out var id)
            ? id
            : Guid.Empty;
    }

    private ByteArrayContent Body(IReadOnlyList<ReadOnlyMemory<byte>> events)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            // The events are JSON already; only what stands around them is written here.
            gzip.Write("{\"events\":["u8);
            for (var index = 0; index < events.Count; index++)
            {
                if (index > 0)
                    gzip.WriteByte((byte)',');
                gzip.Write(events[index].Span);
            }
            gzip.WriteByte((byte)']');
            gzip.Write(Tail().WrittenSpan);
        }
        var content = new ByteArrayContent(compressed.GetBuffer(), 0, (int)compressed.Length);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        content.Headers.ContentEncoding.Add("gzip");
        return content;
    }

    /// <summary>The batch's other members, with a comma instead of the opening brace.</summary>
    private ArrayBufferWriter<byte> Tail()
    {
        var now = _time.GetUtcNow();
        var empty = JsonSerializer.SerializeToUtf8Bytes(
            new EventBatch
            {
                Events = [],
                CorrelationId = Guid.CreateVersion7(now).ToString(),
                CliVersion = _cliVersion,
                BatchTimestamp = now,
            },
            ApiEventJsonContext.Default.EventBatch
        );
        var tail = new ArrayBufferWriter<byte>();
        tail.Write(empty.AsSpan("{\"events\":[]"u8.Length));
        return tail;
    }
}
