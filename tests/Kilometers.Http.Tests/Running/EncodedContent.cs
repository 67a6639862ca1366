using System.IO.Compression;
using System.Text;
using ZstdSharp;

namespace Kilometers.Http.Tests.Running;

/// <summary>Bodies in the codings of HTTP.</summary>
internal static class EncodedContent
{
    /// <summary>A text in a coding; empty: as it is.</summary>
    public static byte[] Of(string text, string encoding)
    {
        if (encoding.Length == 0)
            return Encoding.UTF8.GetBytes(text);
        var encoded = new MemoryStream();
        using (var encoder = Into(encoded, encoding))
            encoder.Write(Encoding.UTF8.GetBytes(text));
        return encoded.ToArray();
    }

    /// <summary>Encodes into a stream, which stays open.</summary>
    public static Stream Into(Stream encoded, string encoding) =>
        encoding switch
        {
            "gzip" => new GZipStream(encoded, CompressionLevel.Fastest, leaveOpen: true),
            "br" => new BrotliStream(encoded, CompressionLevel.Fastest, leaveOpen: true),
            "deflate" => new ZLibStream(encoded, CompressionLevel.Fastest, leaveOpen: true),
            "zstd" => new CompressionStream(encoded, leaveOpen: true),
            _ => throw new ArgumentOutOfRangeException(nameof(encoding), encoding, "no such coding"),
        };
}
