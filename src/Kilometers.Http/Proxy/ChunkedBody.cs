using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Kilometers.Http.Proxy;

/// <summary>
/// The body of an answer over HTTP/1.1 whose length is not known. Kestrel frames such bodies itself, and has no place for trailers then. It
/// leaves the frames to us where the answer already says that it is in chunks.
/// </summary>
internal sealed class ChunkedBody : Stream
{
    private readonly HttpContext _context;
    private readonly IHttpResponseBodyFeature _server;

    private ChunkedBody(HttpContext context)
    {
        (_context, _server) = (context, context.Features.GetRequiredFeature<IHttpResponseBodyFeature>());
        context.Response.Headers.TransferEncoding = "chunked";
        context.Response.Body = this;
    }

    public override bool CanRead => false;
    public override bool CanWrite => true;
    public override bool CanSeek => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Frames the body of an answer, if it has one whose length is not known.</summary>
    /// <param name="context">The answer, with its status and headers.</param>
    /// <returns>Null where trailers have no place.</returns>
    public static ChunkedBody? Frame(HttpContext context)
    {
        var hasBody =
            !HttpMethods.IsHead(context.Request.Method)
            && context.Response.StatusCode is >= 200 and not (204 or 205 or 304)
            && context.Response.ContentLength is null;
        return hasBody && HttpProtocol.IsHttp11(context.Request.Protocol) ? new ChunkedBody(context) : null;
    }

    /// <summary>Takes back that the answer is in chunks: it is another one, which has not started.</summary>
    public void Undo()
    {
        _context.Response.Headers.Remove(HeaderNames.TransferEncoding);
        _context.Features.Set(_server);
    }

    /// <summary>The body is whole.</summary>
    /// <param name="trailers">What follows it.</param>
    /// <param name="cancellationToken">The client is gone.</param>
    public async Task EndAsync(HttpHeadersNonValidated trailers, CancellationToken cancellationToken)
    {
        await _server.StartAsync(cancellationToken).ConfigureAwait(false);
        var output = _server.Writer;
        output.Write("0\r\n"u8);
        foreach (var (name, values) in trailers)
        foreach (var value in values)
            if (value.AsSpan().IndexOfAny('\r', '\n', '\0') < 0)
                Encoding.Latin1.GetBytes($"{name}: {value}\r\n", output);
        output.Write("\r\n"u8);
        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // A chunk of no bytes would be the last one.
        if (buffer.IsEmpty)
            return;
        await _server.StartAsync(cancellationToken).ConfigureAwait(false);
        Put(_server.Writer, buffer.Span);
        await _server.Writer.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => _server.Stream.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private static void Put(PipeWriter output, ReadOnlySpan<byte> bytes)
    {
        var head = output.GetSpan(sizeof(int) * 2 + 2);
        bytes.Length.TryFormat(head, out var count, "x", CultureInfo.InvariantCulture);
        "\r\n"u8.CopyTo(head[count..]);
        output.Advance(count + 2);
        output.Write(bytes);
        output.Write("\r\n"u8);
    }
}
