using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Kilometers.Contracts.Api;
using TestEventServer;

namespace Kilometers.Api.Tests.Events;

/// <summary>One customer of an event server.</summary>
internal sealed class EventClient : IDisposable
{
    private readonly HttpClient _http;

    public EventClient(Uri address, string customer = "cus_a", string tierAndFeatures = "Pro api_logging")
    {
        _http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5) };
        _http.DefaultRequestHeaders.Add(EventServer.CallerHeader, $"{customer} {tierAndFeatures}");
    }

    public static EventBatch BatchOf(IEnumerable<EventItem> events) =>
        new()
        {
            Events = [.. events],
            CorrelationId = Guid.NewGuid().ToString(),
            CliVersion = "1.0.0",
            BatchTimestamp = TimeProvider.System.GetUtcNow(),
        };

    /// <summary>Sends events, which all have to be answered.</summary>
    public async Task<EventBatchResult> SendAsync(params IEnumerable<EventItem> events)
    {
        using var answer = await TrySendAsync(events);
        return await ReadAsync(answer, HttpStatusCode.Accepted, ApiEventJsonContext.Default.EventBatchResult);
    }

    public Task<HttpResponseMessage> TrySendAsync(IEnumerable<EventItem> events) =>
        PostAsync(JsonSerializer.SerializeToUtf8Bytes(BatchOf(events), ApiEventJsonContext.Default.EventBatch));

    public Task<HttpResponseMessage> PostAsync(string body, string? encoding = null) => PostAsync(Encoding.UTF8.GetBytes(body), encoding);

    public async Task<HttpResponseMessage> PostAsync(byte[] body, string? encoding = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/events/batch") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (encoding is not null)
            request.Content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);

        // A server that refuses a body closes the connection rather than reading the rest of it.
        request.Headers.ExpectContinue = body.Length > 1 << 20;
        return await _http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public static byte[] Gzip(byte[] bytes)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return memory.ToArray();
    }

    public Task<HttpResponseMessage> GetAsync(string address) => _http.GetAsync(address, TestContext.Current.CancellationToken);

    public async Task<EventPage> EventsAsync(string query = "")
    {
        using var answer = await GetAsync("/api/events?" + query);
        return await ReadAsync(answer, HttpStatusCode.OK, ApiEventJsonContext.Default.EventPage);
    }

    /// <summary>All pages.</summary>
    public async Task<List<EventItem>> AllEventsAsync(string query = "limit=1000&payload=false")
    {
        var all = new List<EventItem>();
        string? cursor = null;
        do
        {
            var page = await EventsAsync(cursor is null ? query : $"{query}&cursor={cursor}");
            all.AddRange(page.Events);
            cursor = page.Cursor;
        } while (cursor is not null);
        return all;
    }

    public async Task<EventStatistics> StatisticsAsync(string query = "")
    {
        using var answer = await GetAsync("/api/stats?" + query);
        return await ReadAsync(answer, HttpStatusCode.OK, ApiEventJsonContext.Default.EventStatistics);
    }

    public static async Task<ApiProblem> ProblemAsync(HttpResponseMessage answer, HttpStatusCode status) =>
        await ReadAsync(answer, status, ApiJson.Of<ApiProblem>());

    public void Dispose() => _http.Dispose();

    private static async Task<T> ReadAsync<T>(HttpResponseMessage answer, HttpStatusCode status, JsonTypeInfo<T> type)
    {
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.StatusCode == status, $"{answer.StatusCode}: {body}");
        return JsonSerializer.Deserialize(body, type)!;
    }
}
