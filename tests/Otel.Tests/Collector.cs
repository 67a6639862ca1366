using System.Collections.Concurrent;
using System.Net;
using Grpc.Core;
using Kilometers.Plugins.Otel.Tests.Otlp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Kilometers.Plugins.Otel.Tests;

/// <summary>A collector that keeps what it gets, by either form of the protocol.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Collector(WebApplication app) => _app = app;

    public Uri Address { get; private set; } = new("http://127.0.0.1");

    public ConcurrentQueue<(string Service, Span Span)> Spans { get; } = new();

    public ConcurrentQueue<(string Service, Metric Metric)> Metrics { get; } = new();

    /// <summary>The headers of the last request.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; private set; } = new Dictionary<string, string>();

    /// <summary>What it answers instead of taking anything; null: it takes all.</summary>
    public int? Refusal { get; set; }

    /// <summary>How many requests came.</summary>
    public int Requests;

    public static async Task<Collector> StartAsync(bool isGrpc, int port = 0)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, port, endpoint => endpoint.Protocols = isGrpc ? HttpProtocols.Http2 : HttpProtocols.Http1)
        );
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc();
        Collector? collector = null;
        builder.Services.AddSingleton(_ => collector!);
        var app = builder.Build();
        collector = new Collector(app);
        app.Use(collector.CountAsync);
        if (isGrpc)
        {
            app.MapGrpcService<Traces>();
            app.MapGrpcService<MetricsOf>();
        }
        else
        {
            app.MapPost("/v1/traces", async context => collector.Add(ExportTraceServiceRequest.Parser.ParseFrom(await BodyAsync(context))));
            app.MapPost("/v1/metrics", async context =>
                collector.Add(ExportMetricsServiceRequest.Parser.ParseFrom(await BodyAsync(context)))
            );
        }

        await app.StartAsync();
        collector.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return collector;
    }

    /// <summary>Waits for spans of a number.</summary>
    public async Task<IReadOnlyList<Span>> SpansAsync(int count)
    {
        for (var i = 0; i < 6_000 && Spans.Count < count; i++)
            await Task.Delay(10, TestContext.Current.CancellationToken);
        return [.. Spans.Select(one => one.Span)];
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static async Task<byte[]> BodyAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        Assert.Equal("application/x-protobuf", context.Request.ContentType);
        return body.ToArray();
    }

    private async Task CountAsync(HttpContext context, RequestDelegate next)
    {
        Interlocked.Increment(ref Requests);
        Headers = context.Request.Headers.ToDictionary(
            header => header.Key,
            header => header.Value.ToString(),
            StringComparer.OrdinalIgnoreCase
        );
        if (Refusal is { } status)
        {
            context.Response.StatusCode = status;
            return;
        }

        try
        {
            await next(context);
        }
        catch (Google.Protobuf.InvalidProtocolBufferException)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
        }
    }

    private void Add(ExportTraceServiceRequest request)
    {
        foreach (var resource in request.ResourceSpans)
        foreach (var span in resource.ScopeSpans.SelectMany(scope => scope.Spans))
            Spans.Enqueue((Service(resource.Resource), span));
    }

    private void Add(ExportMetricsServiceRequest request)
    {
        foreach (var resource in request.ResourceMetrics)
        foreach (var metric in resource.ScopeMetrics.SelectMany(scope => scope.Metrics))
            Metrics.Enqueue((Service(resource.Resource), metric));
    }

    private static string Service(Resource resource) => resource.Attributes.Single(one => one.Key == "service.name").Value.StringValue;

    private sealed class Traces(Collector collector) : TraceService.TraceServiceBase
    {
        public override Task<ExportTraceServiceResponse> Export(ExportTraceServiceRequest request, ServerCallContext context)
        {
            collector.Add(request);
            return Task.FromResult(new ExportTraceServiceResponse());
        }
    }

    private sealed class MetricsOf(Collector collector) : MetricsService.MetricsServiceBase
    {
        public override Task<ExportMetricsServiceResponse> Export(ExportMetricsServiceRequest request, ServerCallContext context)
        {
            collector.Add(request);
            return Task.FromResult(new ExportMetricsServiceResponse());
        }
    }
}
