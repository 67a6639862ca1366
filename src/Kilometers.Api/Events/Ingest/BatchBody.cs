using System.Buffers;
using System.IO.Compression;
using Kilometers.Contracts;
using Microsoft.AspNetCore.Http.Features;

namespace Kilometers.Api.Events.Ingest;

/// <summary>The bytes of a batch, decompressed, in a borrowed array.</summary>
internal sealed class BatchBody : IDisposable
{
    private const int FirstBytes = 64 << 10;
    private byte[] _buffer;

    private BatchBody(byte[] buffer, int length)
    {
        _buffer = buffer;
        Bytes = buffer.AsMemory(0, length);
    }

    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Reads the body of a request, compressed or not.</summary>
    /// <param name="request">The request.</param>
    /// <param name="maximum">Bytes after decompression.</param>
    /// <param name="share">Of what is taken before it is read.</param>
    /// <param name="cancellationToken">The client is gone.</param>
    /// <exception cref="KmException">
    /// <c>API_REQ_002</c>: larger than <paramref name="maximum"/>; <c>API_LIM_002</c>: <paramref name="share"/> got no more;
    /// <c>API_REQ_001</c>: another compression, or damaged.
    /// </exception>
    public static async Task<BatchBody> ReadAsync(
        HttpRequest request,
        int maximum,
        IngestBudget.Share share,
        CancellationToken cancellationToken
    )
    {
        var encoding = request.Headers.ContentEncoding.ToString();
        var compressed = encoding.Equals("gzip", StringComparison.OrdinalIgnoreCase);
        if (!compressed && encoding is not ("" or "identity"))
            throw Invalid("Content-Encoding is neither gzip nor identity");

        // Compressed, it is smaller; the server's own limit for all other bodies may be lower.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = maximum;
        if (request.ContentLength > maximum)
            throw TooLarge(maximum);

        await using var stream = compressed ? new GZipStream(request.Body, CompressionMode.Decompress, leaveOpen: true) : null;
        var buffer = Rent((int)(compressed ? FirstBytes : request.ContentLength ?? FirstBytes) + 1, share);
        try
        {
            var length = 0;
            while (true)
            {
                // A byte more than allowed is read to see that there is one.
                if (length == buffer.Length)
                    buffer = Grow(buffer, maximum + 1, share);
                var read = await (stream ?? request.Body).ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
                if (read == 0)
                    return new BatchBody(buffer, length);
                length += read;
                if (length > maximum)
                    throw TooLarge(maximum);
            }
        }
        catch (Exception e)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            if (e is InvalidDataException)
                throw Invalid("the body is not gzip");
            if (e is BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge })
                throw TooLarge(maximum);
            if (e is BadHttpRequestException)
                throw Invalid(e.Message);
            throw;
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private static byte[] Rent(int size, IngestBudget.Share share) =>
        share.TryTakeBytes(size) ? ArrayPool<byte>.Shared.Rent(size) : throw IngestErrors.Busy();

    private static byte[] Grow(byte[] buffer, int most, IngestBudget.Share share)
    {
        var larger = Math.Min(buffer.Length * 2, most);
        if (!share.TryTakeBytes(larger - buffer.Length))
            throw IngestErrors.Busy();
        var grown = ArrayPool<byte>.Shared.Rent(larger);
        buffer.CopyTo(grown, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return grown;
    }

    private static KmException TooLarge(int maximum) =>
        new(
            new KmError(
                ErrorCode.ApiRequestTooLarge,
                "The batch is too large",
                $"A batch has at most {maximum} bytes after decompression.",
                "Send fewer events at once"
            )
        );

    private static KmException Invalid(string why) => IngestErrors.Invalid(why);
}
