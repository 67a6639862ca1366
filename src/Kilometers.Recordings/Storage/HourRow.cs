using System.Buffers;
using Kilometers.Sqlite;

namespace Kilometers.Recordings.Storage;

/// <summary>Which calls a row of <c>call_hours</c> sums up.</summary>
/// <param name="Hour">The hour in which they began, counted from 1970-01-01 UTC.</param>
/// <param name="Direction">Which way the requests went.</param>
/// <param name="Method">Their method.</param>
/// <param name="Name">The tool, prompt or resource; empty: none.</param>
internal readonly record struct HourKey(long Hour, long Direction, string Method, string Name)
{
    public const long Microseconds = 3_600_000_000;

    /// <summary>That of a call.</summary>
    /// <param name="row">A row with when it began, its direction, its method and its name.</param>
    /// <param name="at">The first of these columns.</param>
    public static HourKey Of(Statement row, int at = 0) =>
        new(row.Number(at) / Microseconds, row.Number(at + 1), row.Text(at + 2) ?? "", row.Text(at + 3) ?? "");
}

/// <summary>A row of <c>call_hours</c> that is being filled.</summary>
internal sealed class HourRow
{
    /// <summary>A row with as much is closed, and another one begins: each transaction writes it again.</summary>
    public const int FullSize = 2000;

    private readonly ArrayBufferWriter<byte> _latencies = new();

    /// <summary>0: the file does not have it yet.</summary>
    public long Id { get; set; }

    public long Calls { get; set; }

    public long Errors { get; set; }

    public long RequestBytes { get; set; }

    public long ResponseBytes { get; set; }

    public long? Slowest { get; private set; }

    public long? SlowestCall { get; private set; }

    public bool IsDirty { get; set; }

    public ReadOnlySpan<byte> Latencies => _latencies.WrittenSpan;

    public bool IsFull => _latencies.WrittenCount >= FullSize;

    public void AddLatency(long latency, long call)
    {
        LatencyList.Add(_latencies, latency);
        if (Slowest is { } slowest && latency <= slowest)
            return;
        (Slowest, SlowestCall) = (latency, call);
    }

    /// <summary>Takes a latency back.</summary>
    /// <returns>False if the row does not have it.</returns>
    public bool RemoveLatency(long latency)
    {
        List<long> values = [];
        foreach (var value in new LatencyList(_latencies.WrittenSpan))
            values.Add(value);
        if (!values.Remove(latency))
            return false;
        _latencies.ResetWrittenCount();
        foreach (var value in values)
            LatencyList.Add(_latencies, value);

        // Of which call the next longest was is not known here.
        if (latency == Slowest)
            (Slowest, SlowestCall) = (values.Count > 0 ? values.Max() : null, null);
        return true;
    }
}
