using System.IO.Compression;
using System.IO.Pipelines;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Kilometers.Http.Observing;

/// <summary>
/// A compressed body, of which the observer sees the content. It is decompressed beside the transfer, which never waits for that: what is
/// more than <see cref="MaxWaiting"/> behind is not observed.
/// </summary>
internal sealed class DecodedBody : IBodyObserver
{
    private const long MaxWaiting = 64 << 20;
    private const int ChunkSize = 16 * 1024;

    // What decoders of HTTP must have room for, and the most that encoders may ask for (RFC 9659): 8 MB.
    private const int MaxZstdWindow = 23;

    private readonly Pipe _pipe = new(
        new PipeOptions(pauseWriterThreshold: MaxWaiting, resumeWriterThreshold: MaxWaiting / 2, useSynchronizationContext: false)
    );
    private readonly Task _decoding;
    private volatile bool _hasLost;
    private volatile bool _isBroken;

    private DecodedBody(Func<Stream, Stream> decode, IBodyObserver inner) => _decoding = Task.Run(() => DecodeAsync(decode, inner));

    /// <summary>Puts a decoder before an observer.</summary>
    /// <param name="encoding">The <c>Content-Encoding</c> of the body.</param>
    /// <param name="inner">Sees the content.</param>
    /// <returns>Null for a coding that is not known: such a body is not observed.</returns>
    public static IBodyObserver? Create(string? encoding, IBodyObserver inner) =>
        encoding?.Trim().ToLowerInvariant() switch
        {
            null or "" or "identity" => inner,
            "gzip" or "x-gzip" => new DecodedBody(stream => new GZipStream(stream, CompressionMode.Decompress), inner),
            "br" => new DecodedBody(stream => new BrotliStream(stream, CompressionMode.Decompress), inner),
            "deflate" => new DecodedBody(stream => new ZLibStream(stream, CompressionMode.Decompress), inner),
            "zstd" => new DecodedBody(Zstd, inner),
            _ => null,
        };

    private static DecompressionStream Zstd(Stream stream)
    {
        var decoder = new DecompressionStream(stream, leaveOpen: false);
        decoder.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, MaxZstdWindow);
        return decoder;
    }

    public void Take(ReadOnlySpan<byte> bytes)
    {
        if (_hasLost || _decoding.IsCompleted)
            return;
        bytes.CopyTo(_pipe.Writer.GetSpan(bytes.Length));
        _pipe.Writer.Advance(bytes.Length);

        // Completes at once, unless too much waits.
        if (_pipe.Writer.FlushAsync().AsTask().IsCompleted)
            return;
        _hasLost = true;
        _pipe.Writer.Complete();
    }

    public Task EndAsync(bool isWhole)
    {
        _isBroken = !isWhole;
        if (!_hasLost)
            _pipe.Writer.Complete();
        return _decoding;
    }

    private async Task DecodeAsync(Func<Stream, Stream> decode, IBodyObserver inner)
    {
        var buffer = new byte[ChunkSize];
        var isWhole = false;
        try
        {
            await using var decoder = decode(_pipe.Reader.AsStream());
            while (await decoder.ReadAsync(buffer).ConfigureAwait(false) is > 0 and var count)
                inner.Take(buffer.AsSpan(0, count));
            isWhole = !_hasLost && !_isBroken;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or InvalidOperationException or ZstdException)
        {
            // It is not what its header says; brotli's decoder calls that an invalid operation.
        }

        await inner.EndAsync(isWhole).ConfigureAwait(false);
        await _pipe.Reader.CompleteAsync().ConfigureAwait(false);
    }
}
