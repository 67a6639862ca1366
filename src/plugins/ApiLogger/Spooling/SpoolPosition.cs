using System.Globalization;

namespace Kilometers.Plugins.ApiLogger.Spooling;

/// <summary>A place between two records.</summary>
/// <param name="Segment">The segment's number, from 1.</param>
/// <param name="Offset">In bytes from the segment's beginning.</param>
internal readonly record struct SpoolPosition(long Segment, long Offset) : IComparable<SpoolPosition>
{
    public int CompareTo(SpoolPosition other) =>
        Segment != other.Segment ? Segment.CompareTo(other.Segment) : Offset.CompareTo(other.Offset);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Segment} {Offset}\n");

    /// <summary>Reads what <see cref="ToString"/> wrote; anything else is the beginning: what is sent twice is stored once.</summary>
    public static SpoolPosition Parse(string text)
    {
        var parts = text.TrimEnd('\n').Split(' ');
        return
            parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var segment)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            ? new(segment, offset)
            : default;
    }
}
