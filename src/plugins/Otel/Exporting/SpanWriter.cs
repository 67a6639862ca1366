using System.Diagnostics;
using OpenTelemetry;

namespace Kilometers.Plugins.Otel.Exporting;

/// <summary>
/// Writes finished spans to the queue. Those that finish while the disk is busy are written together, so that one can wait for its span to be
/// on disk without a file for each.
/// </summary>
/// <param name="exporter">Writes them.</param>
/// <param name="owner">Whose spans: others have the same source.</param>
internal sealed class SpanWriter(BaseExporter<Activity> exporter, object owner) : BaseExportProcessor<Activity>(exporter)
{
    /// <summary>The property of a span that names its owner.</summary>
    public const string Owner = "kilometers.owner";

    private readonly Lock _gate = new();
    private List<Activity> _finished = [];
    private Task _writing = Task.CompletedTask;
    private TaskCompletionSource? _next;

    /// <summary>Completes when all spans that have finished until now are on disk, or cannot be written.</summary>
    public Task Written
    {
        get
        {
            lock (_gate)
                return _next?.Task ?? _writing;
        }
    }

    protected override void OnExport(Activity data)
    {
        if (!data.Recorded || data.GetCustomProperty(Owner) != owner)
            return;
        lock (_gate)
        {
            _finished.Add(data);
            if (_next is not null)
                return;
            _next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _writing = _writing.ContinueWith(_ => Write(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private void Write()
    {
        List<Activity> finished;
        TaskCompletionSource done;
        lock (_gate)
            (finished, _finished, done, _next) = (_finished, [], _next!, null);
        try
        {
            base.exporter.Export(new Batch<Activity>([.. finished], finished.Count));
        }
        finally
        {
            done.SetResult();
        }
    }
}
