using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Kilometers.Plugins.ApiLogger.Recording;

/// <summary>Ids of events: UUIDs of version 7 (RFC 9562, 5.7) that are the same whenever the same message is recorded.</summary>
internal static class EventId
{
    /// <param name="time">When km read the message.</param>
    /// <param name="sessionId">The session.</param>
    /// <param name="sequence">The position in the session.</param>
    public static Guid Create(DateTimeOffset time, string sessionId, ulong sequence)
    {
        var session = Encoding.UTF8.GetBytes(sessionId);
        var hashed = new byte[session.Length + sizeof(ulong)];
        session.CopyTo(hashed, 0);
        BinaryPrimitives.WriteUInt64BigEndian(hashed.AsSpan(session.Length), sequence);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(hashed, digest);

        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(id, time.ToUnixTimeMilliseconds() << 16);
        digest[..10].CopyTo(id[6..]);
        id[6] = (byte)((id[6] & 0x0F) | 0x70);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new Guid(id, bigEndian: true);
    }
}
