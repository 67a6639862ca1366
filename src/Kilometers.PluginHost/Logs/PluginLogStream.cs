using Kilometers.GoPlugin.Client;

namespace Kilometers.PluginHost.Logs;

/// <summary>What one process of a plugin says, until it is written. On any thread.</summary>
/// <param name="time">The clock.</param>
/// <param name="schedule">Called when there is something to write.</param>
internal sealed class PluginLogStream(TimeProvider time, Action<PluginLogStream> schedule)
{
    /// <summary>Characters that may wait: a plugin that says more in a fifth of a second is not read by anybody.</summary>
    private const int MaxWaiting = 256 * 1024;

    private const int MaxLine = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (IReadOnlyList<PluginLogSession> Sessions, PrintedLines Lines)> _printed = new(
        StringComparer.Ordinal
    );
    private List<PluginLogLine> _waiting = [];
    private string? _plugin;
    private long _size;
    private long _lost;

    /// <summary>Which plugin it is. Until that is known, nothing is written.</summary>
    public void Identify(string plugin)
    {
        lock (_gate)
        {
            _plugin = plugin;
            schedule(this);
        }
    }

    /// <summary>A line of its log.</summary>
    /// <param name="entry">The line.</param>
    /// <param name="sessions">The sessions that use the process.</param>
    public void Log(PluginLogEntry entry, IReadOnlyList<PluginLogSession> sessions)
    {
        lock (_gate)
            Add(PluginLogLine.Of(entry, time.GetUtcNow(), sessions));
    }

    /// <summary>Something that it printed in a session.</summary>
    public void Print(ReadOnlySpan<byte> bytes, PluginLogSession session) => Print(bytes, session.Id, [session]);

    /// <summary>Something that it printed in no session in particular.</summary>
    public void Print(ReadOnlySpan<byte> bytes, IReadOnlyList<PluginLogSession> sessions) => Print(bytes, "", sessions);

    /// <summary>The process has ended.</summary>
    /// <param name="plugin">What it is called if it never said who it is.</param>
    public void Complete(string plugin)
    {
        lock (_gate)
        {
            foreach (var (sessions, lines) in _printed.Values)
                lines.Complete(line => Add(line, sessions));
            _printed.Clear();
        }

        Identify(plugin);
    }

    /// <summary>Takes what is to be written.</summary>
    public (string? Plugin, List<PluginLogLine> Lines) Take()
    {
        lock (_gate)
        {
            if (_plugin is null)
                return (null, []);
            var lines = _waiting;
            if (_lost > 0)
                lines.Add(new PluginLogLine { At = time.GetUtcNow(), Lost = _lost });
            (_waiting, _size, _lost) = ([], 0, 0);
            return (_plugin, lines);
        }
    }

    /// <summary>Lines were not written.</summary>
    public void Lose(long lines)
    {
        lock (_gate)
            _lost += lines;
    }

    private void Print(ReadOnlySpan<byte> bytes, string key, IReadOnlyList<PluginLogSession> sessions)
    {
        lock (_gate)
        {
            var lines = _printed.TryGetValue(key, out var known) ? known.Lines : new PrintedLines(MaxLine);
            _printed[key] = (sessions, lines);
            lines.Add(bytes, line => Add(line, sessions));
        }
    }

    private void Add(string text, IReadOnlyList<PluginLogSession> sessions) =>
        Add(
            new PluginLogLine
            {
                At = time.GetUtcNow(),
                Sessions = sessions,
                Text = text,
            }
        );

    private void Add(PluginLogLine line)
    {
        if (_size + line.Size > MaxWaiting)
        {
            _lost++;
            return;
        }

        _size += line.Size;
        _waiting.Add(line);
        schedule(this);
    }
}
