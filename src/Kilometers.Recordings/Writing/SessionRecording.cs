using Kilometers.Recordings.Storage;

namespace Kilometers.Recordings.Writing;

/// <summary>A session that is being recorded.</summary>
public sealed class SessionRecording
{
    /// <summary>More open calls than that are looked up in the file.</summary>
    private const int MaxRemembered = 4096;

    private readonly RecordingWriter _writer;
    private readonly Dictionary<long, long> _callBySequence = [];
    private readonly Dictionary<string, long> _callByCorrelation = [];
    private readonly Dictionary<string, long> _callByTask = [];
    private readonly HashSet<long> _taskCalls = [];

    internal SessionRecording(RecordingWriter writer, SessionDescription facts)
    {
        _writer = writer;
        Facts = facts;
    }

    internal SessionDescription Facts { get; }

    /// <summary>The session's row; 0: not written yet, or not known any more.</summary>
    internal long Row { get; set; }

    /// <summary>Everything up to it is in the file.</summary>
    internal long LastSequence { get; set; }

    /// <summary>The block that takes payloads.</summary>
    internal OpenBlock Block { get; } = new();

    /// <summary>The sums of its calls.</summary>
    internal SessionHours Hours { get; } = new();

    /// <summary>What is to be added to the session's totals.</summary>
    internal SessionTotals Totals { get; set; }

    /// <summary>Whether there is something that the file does not have yet.</summary>
    internal bool IsDirty { get; set; }

    /// <summary>Whether more can come.</summary>
    internal bool IsOpen { get; set; } = true;

    /// <summary>Adds an item. It is in the file at most 100 ms later, unless the disk is slow. Waits while too much waits to be written.</summary>
    /// <param name="item">The item.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public ValueTask AddAsync(RecordedItem item, CancellationToken cancellationToken) => _writer.AddAsync(this, item, cancellationToken);

    internal void Remember(long sequence, string correlation, long call)
    {
        if (_callBySequence.Count >= MaxRemembered)
            _callBySequence.Clear();
        if (_callByCorrelation.Count >= MaxRemembered)
            _callByCorrelation.Clear();
        _callBySequence[sequence] = call;
        if (correlation.Length > 0)
            _callByCorrelation[correlation] = call;
    }

    internal long? Call(long sequence) => _callBySequence.Remove(sequence, out var call) ? call : null;

    internal long? CallOf(string correlation) => _callByCorrelation.TryGetValue(correlation, out var call) ? call : null;

    /// <summary>A call was answered with a task.</summary>
    internal void RememberTask(string task, long call)
    {
        if (_callByTask.Count >= MaxRemembered)
        {
            _callByTask.Clear();
            _taskCalls.Clear();
        }

        _callByTask[task] = call;
        _taskCalls.Add(call);
    }

    /// <summary>The call that became a task.</summary>
    internal long? CallOfTask(string task) => _callByTask.TryGetValue(task, out var call) ? call : null;

    internal bool IsTask(long call) => _taskCalls.Contains(call);

    /// <summary>A transaction failed: nothing that was learned from the file is certain any more.</summary>
    internal void Forget()
    {
        Row = 0;
        Block.Clear();
        Hours.Clear();
        _callBySequence.Clear();
        _callByCorrelation.Clear();
        _callByTask.Clear();
        _taskCalls.Clear();
        Totals = new SessionTotals { Missed = Totals.Missed };
        IsDirty = false;
    }
}

/// <summary>What a session had, in figures.</summary>
internal readonly record struct SessionTotals
{
    public long Calls { get; init; }

    public long Errors { get; init; }

    public long Messages { get; init; }

    public long BytesIn { get; init; }

    public long BytesOut { get; init; }

    /// <summary>Items that could not be observed or recorded.</summary>
    public long Missed { get; init; }

    public long LastSeen { get; init; }
}
