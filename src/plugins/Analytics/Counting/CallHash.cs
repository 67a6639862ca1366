using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Kilometers.Plugins.Analytics.Counting;

/// <summary>
/// Recognises a call that was made before, without keeping its arguments: a hash with a key that is in the memory of this process alone. Spaces
/// between the parts of the arguments do not matter; the order of members does.
/// </summary>
internal sealed class CallHash
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <summary>The hash of a call.</summary>
    /// <param name="method">The method.</param>
    /// <param name="name">The tool, prompt or resource.</param>
    /// <param name="arguments">The arguments, as JSON; empty: none.</param>
    /// <exception cref="JsonException">The arguments are not JSON.</exception>
    public UInt128 Of(string method, string name, ReadOnlySpan<byte> arguments)
    {
        var text = new ArrayBufferWriter<byte>(256 + arguments.Length);
        Write(text, 0, Encoding.UTF8.GetBytes(method));
        Write(text, 0, Encoding.UTF8.GetBytes(name));
        var reader = new Utf8JsonReader(arguments);
        while (!arguments.IsEmpty && reader.Read())
            Write(text, (byte)reader.TokenType, reader.ValueSpan);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, text.WrittenSpan, hash);
        return BitConverter.ToUInt128(hash);
    }

    /// <summary>With its length, so that no two sequences of parts are the same text.</summary>
    private static void Write(ArrayBufferWriter<byte> text, byte kind, ReadOnlySpan<byte> part)
    {
        var span = text.GetSpan(5);
        span[0] = kind;
        BitConverter.TryWriteBytes(span[1..], part.Length);
        text.Advance(5);
        text.Write(part);
    }
}
