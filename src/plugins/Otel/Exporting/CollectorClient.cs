using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;
using Grpc.Net.Client;
using Kilometers.Plugin.Sdk;

namespace Kilometers.Plugins.Otel.Exporting;

/// <summary>What the collector said to a request.</summary>
internal enum SendStatus
{
    /// <summary>It has it.</summary>
    Taken,

    /// <summary>It never will: the same request would be refused again.</summary>
    Refused,

    /// <summary>It cannot now.</summary>
    Failed,
}

/// <param name="Status">What became of it.</param>
/// <param name="Reason">Why, for people.</param>
/// <param name="RetryAfter">When to try again, if the collector says so.</param>
internal sealed record SendResult(SendStatus Status, string Reason = "", TimeSpan? RetryAfter = null);

/// <summary>Sends requests as they are, by either form of OTLP. https://opentelemetry.io/docs/specs/otlp/</summary>
internal sealed class CollectorClient : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly Marshaller<byte[]> AsItIs = Marshallers.Create(static content => content, static content => content);

    private static readonly Dictionary<Signal, string> Services = new()
    {
        [Signal.Traces] = "opentelemetry.proto.collector.trace.v1.TraceService",
        [Signal.Metrics] = "opentelemetry.proto.collector.metrics.v1.MetricsService",
    };

    private readonly CollectorAddress _collector;
    private readonly HttpClient _http;
    private readonly GrpcChannel? _channel;

    public CollectorClient(CollectorAddress collector)
    {
        _collector = collector;
        var handler = HostNetwork.CreateHandler();
        handler.AllowAutoRedirect = false;
        handler.UseCookies = false;
        handler.UseProxy &= !collector.Endpoint.IsLoopback;
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
        handler.EnableMultipleHttp2Connections = true;
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        if (collector.Protocol == Protocol.Grpc)
            _channel = GrpcChannel.ForAddress(
                collector.Endpoint.GetLeftPart(UriPartial.Authority),
                new GrpcChannelOptions { HttpClient = _http, MaxReceiveMessageSize = 1 << 20 }
            );
    }

    public async Task<SendResult> SendAsync(Signal signal, byte[] content, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return _channel is null
                ? await PostAsync(signal, content, either.Token).ConfigureAwait(false)
                : await CallAsync(_channel, signal, content, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(SendStatus.Failed, $"no answer within {Limit.TotalSeconds:0} s");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new(SendStatus.Failed, e.GetBaseException().Message.ReplaceLineEndings(" "));
        }
    }

    public void Dispose()
    {
        _channel?.Dispose();
        _http.Dispose();
    }

    private async Task<SendResult> CallAsync(GrpcChannel channel, Signal signal, byte[] content, CancellationToken cancellationToken)
    {
        var headers = new Metadata();
        foreach (var (name, value) in _collector.Headers)
            headers.Add(name.ToLowerInvariant(), value);
        var method = new Method<byte[], byte[]>(MethodType.Unary, Services[signal], "Export", AsItIs, AsItIs);
        try
        {
            using var call = channel
                .CreateCallInvoker()
                .AsyncUnaryCall(method, null, new CallOptions(headers, cancellationToken: cancellationToken), content);
            await call.ResponseAsync.ConfigureAwait(false);
            return new(SendStatus.Taken);
        }
        catch (RpcException e) when (!cancellationToken.IsCancellationRequested)
        {
            // By the table of the OTLP specification.
            var isPassing =
                e.StatusCode
                is StatusCode.Cancelled
                    or StatusCode.DeadlineExceeded
                    or StatusCode.Aborted
                    or StatusCode.OutOfRange
                    or StatusCode.Unavailable
                    or StatusCode.DataLoss
                    or StatusCode.ResourceExhausted
                    or StatusCode.Unauthenticated
                    or StatusCode.PermissionDenied
                    or StatusCode.Internal;
            return new(isPassing ? SendStatus.Failed : SendStatus.Refused, $"{e.StatusCode}: {e.Status.Detail.ReplaceLineEndings(" ")}");
        }
        catch (RpcException)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    private async Task<SendResult> PostAsync(Signal signal, byte[] content, CancellationToken cancellationToken)
    {
        var address = $"{_collector.Endpoint.AbsoluteUri.TrimEnd('/')}/v1/{signal.ToString().ToLowerInvariant()}";
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(content) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        foreach (var (name, value) in _collector.Headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await _http
            .SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken)
            .ConfigureAwait(false);
        if (response.IsSuccessStatusCode)
            return new(SendStatus.Taken);

        // A key may be renewed, and a proxy may answer for a collector that restarts. Only these say that it is the request.
        var isOver =
            response.StatusCode
            is HttpStatusCode.BadRequest
                or HttpStatusCode.RequestEntityTooLarge
                or HttpStatusCode.UnsupportedMediaType
                or HttpStatusCode.UnprocessableEntity;
        return new(isOver ? SendStatus.Refused : SendStatus.Failed, $"HTTP {(int)response.StatusCode}", response.Headers.RetryAfter?.Delta);
    }
}
