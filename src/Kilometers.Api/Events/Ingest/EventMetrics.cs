using System.Diagnostics.Metrics;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Events.Ingest;

/// <summary>What operators see of ingest.</summary>
internal sealed class EventMetrics
{
    /// <summary>The meter's name.</summary>
    public const string Name = "Kilometers.Api.Events";

    private readonly Counter<long> _events;
    private readonly Counter<long> _refused;
    private readonly Histogram<int> _groupEvents;
    private readonly Histogram<double> _writeTime;

    public EventMetrics(IMeterFactory meters, IngestBudget budget)
    {
        var meter = meters.Create(Name);
        _events = meter.CreateCounter<long>(
            "km.events.received",
            "{event}",
            "Events that were answered, by status: stored, duplicate or rejected"
        );
        _refused = meter.CreateCounter<long>(
            "km.events.batches_refused",
            "{batch}",
            "Batches that were told to come again: the queue was full or the database did not take them"
        );
        _groupEvents = meter.CreateHistogram<int>("km.events.group_size", "{event}", "Events of one transaction");
        _writeTime = meter.CreateHistogram<double>("km.events.write_time", "s", "Time of one transaction, failed ones included");
        meter.CreateObservableGauge(
            "km.events.queue_bytes",
            () => budget.Bytes,
            "By",
            "Bytes of batches that are being read or wait to be written"
        );
        meter.CreateObservableGauge("km.events.queue_events", () => budget.Events, "{event}", "Events that wait to be written");
    }

    public void Answered(EventBatchResult result)
    {
        Add(EventStatus.Stored, result.Accepted);
        Add(EventStatus.Duplicate, result.Duplicates);
        Add(EventStatus.Rejected, result.Rejected);

        void Add(string status, int count)
        {
            if (count > 0)
                _events.Add(count, new KeyValuePair<string, object?>("status", status));
        }
    }

    public void Refused() => _refused.Add(1);

    public void Written(int events, TimeSpan time)
    {
        _groupEvents.Record(events);
        _writeTime.Record(time.TotalSeconds);
    }
}
