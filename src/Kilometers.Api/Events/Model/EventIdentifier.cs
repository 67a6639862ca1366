using System.Buffers.Binary;

namespace Kilometers.Api.Events.Model;

/// <summary>
/// What an event's id, a UUID of version 7, says of itself. The day under which an event is stored follows from its id alone, so that the
/// same id always meets itself, whatever else was sent with it.
/// </summary>
internal static class EventIdentifier
{
    /// <summary>How far an event's timestamp may be from the time in its id: queries by timestamp look that much further.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromDays(1);

    /// <summary>The time in an id.</summary>
    /// <returns>Null: it is not a UUID of version 7, or no time that .NET knows.</returns>
    public static DateTimeOffset? TimeOf(Guid id)
    {
        if (id.Version != 7 || (id.Variant & 0b1100) != 0b1000)
            return null;
        var milliseconds = Milliseconds(id);
        return milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : null;
    }

    /// <summary>Days from 1970 to the time in an id.</summary>
    public static int DayOf(Guid id) => (int)(Milliseconds(id) / (long)TimeSpan.FromDays(1).TotalMilliseconds);

    /// <summary>Days from 1970 to a time.</summary>
    public static int DayOf(DateTimeOffset time) => (int)Math.Floor((time - DateTimeOffset.UnixEpoch).TotalDays);

    private static long Milliseconds(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        _ = id.TryWriteBytes(bytes, bigEndian: true, out _);
        return (long)(BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16);
    }
}
