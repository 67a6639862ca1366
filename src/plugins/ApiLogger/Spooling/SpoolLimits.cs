namespace Kilometers.Plugins.ApiLogger.Spooling;

/// <summary>How large a spool may become.</summary>
/// <param name="Size">All folders together, in bytes.</param>
/// <param name="SegmentSize">From when on a new segment is begun, in bytes.</param>
/// <param name="FlushEach">Whether each record is flushed to the disk before <see cref="SpoolFolder.Append"/> returns.</param>
internal sealed record SpoolLimits(long Size, long SegmentSize, bool FlushEach);
