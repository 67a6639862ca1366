using System.Net;

namespace Kilometers.Plugins.Otel.Exporting;

/// <summary>Takes what the OpenTelemetry SDK would send, and puts it into the queue.</summary>
/// <param name="queue">The queue.</param>
/// <param name="signal">What it is.</param>
internal sealed class QueueHandler(DiskQueue queue, Signal signal) : HttpMessageHandler
{
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        request.Content!.CopyTo(body, null, cancellationToken);
        return Answer(body.ToArray());
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Answer(await request.Content!.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));

    private HttpResponseMessage Answer(byte[] body) =>
        new(queue.TryAdd(signal, body) ? HttpStatusCode.OK : HttpStatusCode.InsufficientStorage) { Content = new ByteArrayContent([]) };
}
