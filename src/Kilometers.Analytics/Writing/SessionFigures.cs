namespace Kilometers.Analytics.Writing;

/// <summary>The figures of a session that runs. What changes is in the file at most a second later, unless the disk is slow.</summary>
public sealed class SessionFigures
{
    /// <summary>A hostile session makes up names: then all further ones are summed up together.</summary>
    private const int MaxRows = 512;

    /// <summary>A hostile server lists tools without an end.</summary>
    private const int MaxTools = 2000;

    private const int MaxText = 200;

    private readonly AnalyticsWriter _writer;
    private readonly Lock _lock = new();
    private readonly Dictionary<HourKey, HourRow> _rows = [];
    private readonly Dictionary<string, OfferedTool> _tools = new(StringComparer.Ordinal);
    private SessionFacts _facts;
    private long _newestHour;
    private bool _isDirty = true;
    private bool _isLast;

    internal SessionFigures(AnalyticsWriter writer, SessionFacts facts) => (_writer, _facts) = (writer, facts);

    /// <summary>What all further names stand for.</summary>
    public const string Others = "(others)";

    /// <summary>Counts an item of the session, unless an earlier process of the plugin did.</summary>
    /// <param name="sequence">Its position in the session.</param>
    /// <param name="time">When it was seen.</param>
    /// <param name="count">Counts it.</param>
    public void Count(long sequence, DateTimeOffset time, Action count)
    {
        ArgumentNullException.ThrowIfNull(count);
        lock (_lock)
        {
            if (sequence <= _facts.LastSequence)
                return;
            count();
            _facts = _facts with { LastSequence = sequence, LastSeen = time };
            _isDirty = true;
        }

        _writer.WriteSoon();
    }

    /// <summary>The figures of an hour. Only within <see cref="Count"/>.</summary>
    public CallFigures Of(HourKey key)
    {
        key = key with { Method = Cut(key.Method), Name = Cut(key.Name) };
        if (!_rows.TryGetValue(key, out var row))
        {
            if (_rows.Count >= MaxRows)
            {
                key = new HourKey(key.Hour, key.IsFromServer, Others, "");
                if (_rows.TryGetValue(key, out row))
                    return row.Dirty();
            }

            _rows[key] = row = new HourRow();
            _newestHour = Math.Max(_newestHour, key.Hour);
        }

        return row.Dirty();
    }

    /// <summary>Changes what is known of the session. Only within <see cref="Count"/>.</summary>
    public void Learn(Func<SessionFacts, SessionFacts> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        _facts = change(_facts);
    }

    /// <summary>The server listed a tool. Only within <see cref="Count"/>.</summary>
    public void Offer(OfferedTool tool)
    {
        ArgumentNullException.ThrowIfNull(tool);
        if (_tools.Count < MaxTools)
            _tools[Cut(tool.Name)] = tool with { Name = Cut(tool.Name) };
    }

    /// <summary>Nothing more is counted.</summary>
    public void Leave()
    {
        lock (_lock)
            _isLast = _isDirty = true;
        _writer.WriteSoon();
    }

    /// <summary>What the file does not have yet; null: it has all. The session counts as written from then on.</summary>
    internal SessionChange? TakeChange()
    {
        lock (_lock)
        {
            if (!_isDirty)
                return null;
            _isDirty = false;
            var rows = new List<HourChange>();
            foreach (var (key, row) in _rows)
                if (row.Take(key) is { } change)
                    rows.Add(change);
            var tools = _tools.Values.ToList();
            _tools.Clear();
            return new SessionChange(_facts, rows, tools, _isLast);
        }
    }

    /// <summary>All that was taken is written. An answer that comes later yet makes another row: all rows of a key add up.</summary>
    internal void Settle()
    {
        lock (_lock)
        {
            foreach (var (key, row) in _rows.Where(pair => pair.Key.Hour < _newestHour - 1).ToList())
                if (!row.IsDirty)
                    _rows.Remove(key);
        }
    }

    /// <summary>A change was not written.</summary>
    internal void GiveBack(SessionChange change)
    {
        lock (_lock)
        {
            _isDirty = true;
            foreach (var hour in change.Hours)
                hour.Row.Dirty();
            foreach (var tool in change.Tools)
                _tools.TryAdd(tool.Name, tool);
        }
    }

    /// <summary>The file is another one now.</summary>
    internal void Forget()
    {
        lock (_lock)
        {
            _isDirty = true;
            foreach (var row in _rows.Values)
            {
                row.Id = 0;
                row.Dirty();
            }
        }
    }

    private static string Cut(string text) => text.Length <= MaxText ? text : text[..MaxText];
}

/// <summary>A row of <c>call_hours</c> that may still change.</summary>
internal sealed class HourRow
{
    public bool IsDirty { get; private set; } = true;

    /// <summary>0: the file does not have it yet. Only the writer uses it.</summary>
    public long Id { get; set; }

    private CallFigures Figures { get; } = new();

    public CallFigures Dirty()
    {
        IsDirty = true;
        return Figures;
    }

    /// <returns>Null: the file has it as it is.</returns>
    public HourChange? Take(HourKey key)
    {
        if (!IsDirty)
            return null;
        IsDirty = false;
        var copy = new CallFigures();
        copy.Add(Figures);
        return new HourChange(key, this, copy);
    }
}

/// <summary>What of a session is to be written.</summary>
internal sealed record SessionChange(SessionFacts Facts, IReadOnlyList<HourChange> Hours, IReadOnlyList<OfferedTool> Tools, bool IsLast);

/// <summary>A row as it is to be written.</summary>
internal sealed record HourChange(HourKey Key, HourRow Row, CallFigures Figures);
