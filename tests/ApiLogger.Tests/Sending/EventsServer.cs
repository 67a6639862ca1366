using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text.Json;
using Kilometers.Contracts.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kilometers.Plugins.ApiLogger.Tests.Sending;

/// <summary>A real server that stores events by id as the API does, and answers wrongly, late or never when told.</summary>
internal sealed class EventsServer : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, EventItem> _byId = [];
    private readonly List<EventItem> _stored = [];
    private readonly List<Request> _requests = [];
    private readonly CancellationTokenSource _closing = new();
    private readonly WebApplication _app;

    private EventsServer(WebApplication app) => _app = app;

    /// <summary>What the next requests get, one each; then all go well.</summary>
    public ConcurrentQueue<Fault> Faults { get; } = [];

    /// <summary>Answers 401 to all other tokens; null: takes any.</summary>
    public string? GoodToken { get; set; }

    /// <summary>A batch with such an event is refused as a whole, with 422.</summary>
    public Predicate<EventItem> Poison { get; set; } = static _ => false;

    /// <summary>Such an event is rejected alone.</summary>
    public Predicate<EventItem> Unwanted { get; set; } = static _ => false;

    /// <summary>More events than this are refused with 413.</summary>
    public int MaxEvents { get; set; } = int.MaxValue;

    public string Address { get; private set; } = "";

    /// <summary>In the order in which they were first stored.</summary>
    public IReadOnlyList<EventItem> Stored
    {
        get
        {
            lock (_gate)
                return [.. _stored];
        }
    }

    public IReadOnlyList<Request> Requests
    {
        get
        {
            lock (_gate)
                return [.. _requests];
        }
    }

    public static async Task<EventsServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static options => options.Limits.MaxRequestBodySize = 100 << 20);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new EventsServer(app);
        app.Run(server.HandleAsync);
        await app.StartAsync();
        server.Address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return server;
    }

    public Task StoresAsync(int events) => Condition.HoldsAsync(() => Stored.Count >= events, $"{events} events are stored");

    public Task IsAskedAsync(int requests) => Condition.HoldsAsync(() => Requests.Count >= requests, $"{requests} requests came");

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _app.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        Assert.Equal("/api/events/batch", context.Request.Path);
        Assert.Equal("gzip", context.Request.Headers.ContentEncoding);
        await using var unzipped = new GZipStream(context.Request.Body, CompressionMode.Decompress);
        var batch = (await JsonSerializer.DeserializeAsync(unzipped, ApiEventJsonContext.Default.EventBatch, context.RequestAborted))!;
        var token = context.Request.Headers.Authorization.ToString()["Bearer ".Length..];
        var fault = Faults.TryDequeue(out var next) ? next : new Fault();
        lock (_gate)
            _requests.Add(new(token, batch));
        if (fault.Loses)
            Store(batch);
        if (fault.Breaks)
        {
            context.Abort();
        }
        else if (fault.Silent)
        {
            await Task.Delay(Timeout.Infinite, _closing.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
            context.Abort();
        }
        else if (fault.Status != 0)
        {
            context.Response.StatusCode = fault.Status;
            if (fault.RetryAfter is not null)
                context.Response.Headers.RetryAfter = fault.RetryAfter;
            await context.Response.WriteAsync(fault.Body);
        }
        else if (GoodToken is not null && token != GoodToken)
        {
            context.Response.StatusCode = 401;
        }
        else if (batch.Events.Count > MaxEvents || batch.Events.Any(item => Poison(item)))
        {
            context.Response.StatusCode = batch.Events.Count > MaxEvents ? 413 : 422;
            context.Response.ContentType = "application/problem+json";
            await context.Response.WriteAsync("{}");
        }
        else
        {
            context.Response.StatusCode = 202;
            context.Response.ContentType = "application/json";
            await JsonSerializer.SerializeAsync(context.Response.Body, Store(batch), ApiEventJsonContext.Default.EventBatchResult);
        }
    }

    private EventBatchResult Store(EventBatch batch)
    {
        lock (_gate)
        {
            var results = batch
                .Events.Select(item =>
                {
                    if (Unwanted(item))
                        return new EventResult
                        {
                            Id = item.Id,
                            Status = EventStatus.Rejected,
                            Code = "API_EVT_009",
                            Detail = "not wanted",
                        };
                    if (!_byId.TryAdd(item.Id, item))
                        return new EventResult { Id = item.Id, Status = EventStatus.Duplicate };
                    _stored.Add(item);
                    return new EventResult { Id = item.Id, Status = EventStatus.Stored };
                })
                .ToList();
            return new()
            {
                Accepted = results.Count(static one => one.Status == EventStatus.Stored),
                Duplicates = results.Count(static one => one.Status == EventStatus.Duplicate),
                Rejected = results.Count(static one => one.Status == EventStatus.Rejected),
                Results = results,
            };
        }
    }
}

internal sealed record Request(string Token, EventBatch Batch);

/// <summary>What goes wrong with one request. Nothing, by default.</summary>
/// <param name="Status">The status it is answered with; 0: as usual.</param>
/// <param name="RetryAfter">The header of that name.</param>
/// <param name="Body">What the answer says.</param>
/// <param name="Breaks">Whether the connection breaks.</param>
/// <param name="Silent">Whether no answer ever comes.</param>
/// <param name="Loses">Whether the events are stored first, so that only the answer is lost.</param>
internal sealed record Fault(
    int Status = 0,
    string? RetryAfter = null,
    string Body = "<html>",
    bool Breaks = false,
    bool Silent = false,
    bool Loses = false
);
