using System.Globalization;
using Kilometers.Recordings.Storage;
using Kilometers.Sqlite;

namespace Kilometers.Recordings.Writing;

/// <summary>
/// Writes recordings, on one thread of its own, in transactions at most every 100 ms. Several processes may write to one file. When the file
/// cannot be written, recording pauses, which is reported once, and resumes when it can; what was missed is counted.
/// </summary>
public sealed class RecordingWriter : IDisposable
{
    /// <summary>What a kill or a loss of power may take.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>How long recording pauses after a failure.</summary>
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(30);

    /// <summary>How often the file's size and the sessions' age are checked.</summary>
    private static readonly TimeSpan PruneInterval = TimeSpan.FromSeconds(10);

    /// <summary>The file may always take so much.</summary>
    private const long MinBytes = 16_000_000;

    private readonly ItemQueue _queue = new();
    private readonly HashSet<SessionRecording> _sessions = [];
    private readonly string _folder;
    private readonly RecordingOptions _options;
    private readonly TimeProvider _time;
    private readonly Action<string> _report;
    private readonly Thread _thread;
    private Database? _database;
    private ItemStore? _store;
    private long _failed;
    private bool _isPaused;
    private long _missed;
    private long _pruned;

    /// <summary>Starts the writer; the file is opened with the first item.</summary>
    /// <param name="folder">Where the file is or will be; must exist.</param>
    /// <param name="options">How much is kept.</param>
    /// <param name="time">The clock.</param>
    /// <param name="report">Prints one line for the user; called on the writer's thread.</param>
    public RecordingWriter(string folder, RecordingOptions options, TimeProvider time, Action<string> report)
    {
        ArgumentNullException.ThrowIfNull(time);
        _folder = folder;
        _options = options;
        _time = time;
        _report = report;
        _pruned = time.GetTimestamp();
        _thread = new Thread(Run) { Name = "recorder", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Begins to record a session, or continues one that an earlier process recorded.</summary>
    /// <param name="facts">What is known of it.</param>
    public SessionRecording Begin(SessionDescription facts) => new(this, facts);

    /// <summary>Writes what waits, and ends.</summary>
    public void Dispose()
    {
        _queue.Close();
        _thread.Join();
    }

    internal ValueTask AddAsync(SessionRecording session, RecordedItem item, CancellationToken cancellationToken) =>
        _queue.AddAsync(session, item, cancellationToken);

    private void Run()
    {
        List<(SessionRecording Session, RecordedItem Item)> batch = [];
        var written = _time.GetTimestamp() - (_time.TimestampFrequency / 10);
        while (_queue.Take(batch, Interval - _time.GetElapsedTime(written)) is { } next)
        {
            batch = next;
            written = _time.GetTimestamp();
            if (_isPaused && _time.GetElapsedTime(_failed) < RetryInterval)
                Miss(batch);
            else
                Write(batch);
        }

        Close();
    }

    private void Write(List<(SessionRecording Session, RecordedItem Item)> batch)
    {
        try
        {
            if (_database is null)
            {
                _database = RecordingFile.OpenToWrite(_folder, _time, _report);
                _store = new ItemStore(_database);
            }

            DiskRoom.Ensure(_folder, _options.MinFreeBytes);
            _database!.InTransaction(() =>
            {
                foreach (var (session, item) in batch)
                {
                    _sessions.Add(session);
                    _store!.Add(session, item);
                    session.IsOpen = item is not RecordedEvent { Type: "session.ended" };
                }

                foreach (var session in _sessions)
                    _store!.Flush(session);
            });
            _sessions.RemoveWhere(session => !session.IsOpen);
            Resume();
            PruneWhenDue();
        }
        catch (Exception e) when (e is RecordingException or IOException or UnauthorizedAccessException)
        {
            Fail(e, batch);
        }
    }

    private void Close()
    {
        _store?.Dispose();
        _database?.Dispose();
        (_store, _database) = (null, null);
    }

    private void Fail(Exception exception, List<(SessionRecording Session, RecordedItem Item)> batch)
    {
        foreach (var session in _sessions)
            session.Forget();
        Close();
        Miss(batch);
        _failed = _time.GetTimestamp();

        // A damaged file is set aside when it is opened again, and that is at once.
        if (exception is RecordingException { Fault: SqliteFault.Damaged })
        {
            RecordingFile.SuspectDamage(_folder);
            return;
        }

        if (!_isPaused)
            _report($"Recording paused: {exception.Message.TrimEnd('.')}. km retries every {RetryInterval.TotalSeconds:0} seconds.");
        _isPaused = true;
    }

    private void Resume()
    {
        if (_isPaused)
            _report(string.Create(CultureInfo.InvariantCulture, $"Recording resumed; {_missed} messages and events were not recorded."));
        _isPaused = false;
    }

    private void Miss(List<(SessionRecording Session, RecordedItem Item)> batch)
    {
        _missed += batch.Count;
        foreach (var (session, _) in batch)
            session.Totals = session.Totals with { Missed = session.Totals.Missed + 1 };
    }

    private void PruneWhenDue()
    {
        if (_time.GetElapsedTime(_pruned) < PruneInterval)
            return;

        // What was set aside takes its part of the limit, until it is as old as a session may become.
        var aside = RecordingFile.SizeOfDamaged(_folder, _time.GetUtcNow() - _options.MaxAge);
        var options = _options with { MaxBytes = Math.Max(MinBytes, _options.MaxBytes - aside) };
        Retention.Apply(_database!, options, _time.GetUtcNow(), _sessions);
        _pruned = _time.GetTimestamp();
    }
}
