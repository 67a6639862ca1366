namespace Kilometers.Analytics.Writing;

/// <summary>What was found and learned, and is not in the file yet. Safe to use from several threads.</summary>
internal sealed class PendingFindings
{
    /// <summary>While the disk cannot be written, more are dropped.</summary>
    private const int MaxAnomalies = 1000;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Server, string Tool), LearnedState> _states = [];
    private List<Anomaly> _anomalies = [];

    public Func<IReadOnlyList<LearnedState>>? Learning { get; set; }

    public void Add(Anomaly anomaly)
    {
        lock (_lock)
        {
            if (_anomalies.Count < MaxAnomalies)
                _anomalies.Add(anomaly);
        }
    }

    /// <summary>Fetches what was learned.</summary>
    public void Learn()
    {
        if (Learning is not { } changes)
            return;
        var states = changes();
        lock (_lock)
        {
            foreach (var state in states)
                _states[(state.Server, state.Tool)] = state;
        }
    }

    public (IReadOnlyList<Anomaly> Anomalies, IReadOnlyList<LearnedState> States) Take()
    {
        lock (_lock)
        {
            var taken = (_anomalies, _states.Values.ToList());
            _anomalies = [];
            _states.Clear();
            return taken;
        }
    }

    /// <summary>It was not written.</summary>
    public void GiveBack(IReadOnlyList<Anomaly> anomalies, IReadOnlyList<LearnedState> states)
    {
        lock (_lock)
        {
            _anomalies = [.. anomalies, .. _anomalies];
            foreach (var state in states)
                _states.TryAdd((state.Server, state.Tool), state);
        }
    }
}
