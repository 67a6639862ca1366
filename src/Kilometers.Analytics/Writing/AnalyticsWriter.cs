using Kilometers.Analytics.Storage;
using Kilometers.Sqlite;

namespace Kilometers.Analytics.Writing;

/// <summary>
/// Writes the figures of all sessions of a process, in one transaction at most every second; without traffic it does nothing. Several processes
/// may write to one file: each adds rows of its own. When the file cannot be written, figures wait in memory, which is reported once.
/// </summary>
public sealed class AnalyticsWriter : IDisposable
{
    /// <summary>What a kill may take.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>How long nothing is written after a failure.</summary>
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(30);

    /// <summary>How often what was learned is written: a kill may take that much of it.</summary>
    private static readonly TimeSpan LearnInterval = TimeSpan.FromMinutes(1);

    /// <summary>How often the file's size and the figures' age are checked.</summary>
    private static readonly TimeSpan PruneInterval = TimeSpan.FromMinutes(1);

    private readonly string _folder;
    private readonly AnalyticsOptions _options;
    private readonly TimeProvider _time;
    private readonly Action<string> _report;
    private readonly ITimer _timer;
    private readonly Lock _writing = new();
    private readonly List<SessionFigures> _sessions = [];
    private readonly PendingFindings _pending = new();
    private AnalyticsDatabase? _database;
    private FigureStore? _store;
    private int _isDue;
    private long? _pruned;
    private long? _learned;
    private bool _isPaused;
    private bool _isDisposed;

    /// <summary>A writer; the file is opened with the first session.</summary>
    /// <param name="folder">Where the file is or will be; must exist.</param>
    /// <param name="options">How much is kept.</param>
    /// <param name="time">The clock.</param>
    /// <param name="report">Prints one line for the user.</param>
    public AnalyticsWriter(string folder, AnalyticsOptions options, TimeProvider time, Action<string> report)
    {
        ArgumentNullException.ThrowIfNull(time);
        (_folder, _options, _time, _report) = (folder, options, time, report);
        _timer = time.CreateTimer(_ => Write(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Begins with a session, or continues with one that an earlier process wrote.</summary>
    /// <param name="facts">What is known of it.</param>
    public SessionFigures Begin(SessionFacts facts)
    {
        lock (_writing)
        {
            SessionFacts? known = null;
            Try(() => known = _store!.Find(facts));
            var session = new SessionFigures(this, known ?? facts);
            _sessions.Add(session);
            return session;
        }
    }

    /// <summary>Writes what was found with the next figures, those of its session included. May be called while figures are counted.</summary>
    public void Add(Anomaly anomaly)
    {
        _pending.Add(anomaly);
        WriteSoon();
    }

    /// <summary>What earlier processes learned, the newest first; nothing if the file cannot be read.</summary>
    public IReadOnlyList<LearnedState> ReadLearned()
    {
        lock (_writing)
        {
            var states = new List<LearnedState>();
            Try(() =>
            {
                using var rows = _database!.Prepare("SELECT server, tool, data FROM learned ORDER BY updated DESC");
                while (rows.Step())
                    states.Add(new LearnedState(rows.Text(0) ?? "", rows.Text(1) ?? "", rows.Bytes(2).ToArray()));
            });
            return states;
        }
    }

    /// <summary>Says where what was learned since the last time comes from. It is written once a minute, with figures, and at the end.</summary>
    public void LearnFrom(Func<IReadOnlyList<LearnedState>> changes) => _pending.Learning = changes;

    /// <summary>Writes what the file does not have yet.</summary>
    public void Write()
    {
        lock (_writing)
        {
            if (!_isDisposed)
                WriteAll();
        }
    }

    /// <summary>Writes what waits, and ends.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_writing)
        {
            if (_isDisposed)
                return;
            _learned = null;
            WriteAll();
            _isDisposed = true;
            Close();
        }
    }

    internal void WriteSoon()
    {
        if (Interlocked.Exchange(ref _isDue, 1) == 0)
            _timer.Change(Volatile.Read(ref _isPaused) ? RetryInterval : Interval, Timeout.InfiniteTimeSpan);
    }

    private void WriteAll()
    {
        // What comes from now on is due again.
        Volatile.Write(ref _isDue, 0);
        List<(SessionFigures Session, SessionChange Change)> changes =
        [
            .. from session in _sessions let change = session.TakeChange() where change is not null select (session, change),
        ];
        if (_learned is not { } learned || _time.GetElapsedTime(learned) >= LearnInterval)
        {
            _learned = _time.GetTimestamp();
            _pending.Learn();
        }

        var (anomalies, states) = _pending.Take();
        if (changes.Count + anomalies.Count + states.Count == 0)
            return;
        List<(HourRow Row, long Id)> made = [];
        var isWritten = Try(() =>
            _database!.InTransaction(() =>
            {
                foreach (var (_, change) in changes)
                    _store!.Write(change, made);
                foreach (var anomaly in anomalies)
                    _store!.Write(anomaly);
                foreach (var state in states)
                    _store!.Write(state, _time.GetUtcNow());
            })
        );
        if (!isWritten)
        {
            foreach (var (session, change) in changes)
                session.GiveBack(change);
            _pending.GiveBack(anomalies, states);
            WriteSoon();
            return;
        }

        foreach (var (row, id) in made)
            row.Id = id;
        foreach (var (session, change) in changes)
        {
            session.Settle();
            if (change.IsLast)
                _sessions.Remove(session);
        }

        if (_pruned is not { } pruned || _time.GetElapsedTime(pruned) >= PruneInterval)
            Try(Prune);
    }

    private void Prune()
    {
        _pruned = _time.GetTimestamp();
        var now = _time.GetUtcNow();
        var aside = AnalyticsFile.DamagedIn(_folder).Size(now - _options.MaxAge);
        Retention.Apply(_database!, _options, aside, now);
    }

    /// <summary>Does something with the file, which is open then.</summary>
    /// <returns>Whether it went well.</returns>
    private bool Try(Action action)
    {
        try
        {
            if (_database is null)
            {
                _database = AnalyticsFile.OpenToWrite(_folder, _time, _report);
                _store = new FigureStore(_database);
            }

            action();
            if (_isPaused)
                _report("Figures are written again.");
            _isPaused = false;
            return true;
        }
        catch (Exception e) when (e is AnalyticsException or IOException or UnauthorizedAccessException)
        {
            Close();
            if (e is AnalyticsException { Fault: SqliteFault.Damaged })
            {
                // It is set aside when it is opened again.
                AnalyticsFile.DamagedIn(_folder).SuspectDamage();
                foreach (var session in _sessions)
                    session.Forget();
                return false;
            }

            if (!_isPaused)
                _report(
                    $"Figures cannot be written: {e.Message.TrimEnd('.')}. They wait in memory; km retries every {RetryInterval.TotalSeconds:0} seconds."
                );
            _isPaused = true;
            return false;
        }
    }

    private void Close()
    {
        _store?.Dispose();
        _database?.Dispose();
        (_store, _database) = (null, null);
    }
}
