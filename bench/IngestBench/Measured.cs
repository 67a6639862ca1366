using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Kilometers.Api.Events.Ingest;

namespace Kilometers.IngestBench;

/// <summary>Times one run, and counts the transactions in which the writer wrote.</summary>
internal sealed class Measured : IDisposable
{
    private readonly Stopwatch _watch = new();
    private readonly MeterListener _listener = new();
    private long _groups;
    private long _events;

    public Measured()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == EventMetrics.Name && instrument.Name == "km.events.group_size")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>(
            (_, events, _, _) =>
            {
                if (!_watch.IsRunning)
                    return;
                _groups++;
                _events += events;
            }
        );
        _listener.Start();
    }

    public void Begin() => _watch.Start();

    public string End(string bench, int events)
    {
        _watch.Stop();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"bench\":\"{bench}\",\"events\":{events},\"seconds\":{_watch.Elapsed.TotalSeconds:0.000},\"rate\":{events / _watch.Elapsed.TotalSeconds:0},\"group\":{(_groups == 0 ? 0 : _events / _groups)}}}"
        );
    }

    public void Dispose() => _listener.Dispose();
}
