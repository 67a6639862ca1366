using System.Buffers;
using System.Text.Json;

namespace Kilometers.PluginHost.Logs;

/// <summary>
/// Keeps what the plugins of this host say, for <c>km plugins logs</c>. Nobody waits for it: lines are written a little later, by a thread of
/// its own. Where they come faster than that, or the disk does not take them, they are counted and left out.
/// </summary>
internal sealed class PluginLog : IDisposable
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(200);

    private readonly PluginLogFiles _files;
    private readonly Func<string, string> _clean;
    private readonly Func<bool> _isOn;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly Lock _writing = new();
    private readonly HashSet<PluginLogStream> _waiting = [];

    /// <param name="files">Where they are kept.</param>
    /// <param name="clean">Makes of a text what may be kept: without secrets, and without what would act on a terminal.</param>
    /// <param name="isOn">Whether the user wants it; asked for each process of a plugin.</param>
    /// <param name="time">The clock.</param>
    public PluginLog(PluginLogFiles files, Func<string, string> clean, Func<bool> isOn, TimeProvider time)
    {
        (_files, _clean, _isOn, _time) = (files, clean, isOn, time);
        _timer = time.CreateTimer(_ => Write(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What one process says.</summary>
    /// <returns>Null if nothing is to be kept.</returns>
    public PluginLogStream? Open() => _isOn() ? new PluginLogStream(_time, Schedule) : null;

    /// <summary>Writes what waits.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        Write();
    }

    private void Schedule(PluginLogStream stream)
    {
        lock (_gate)
        {
            if (_waiting.Add(stream) && _waiting.Count == 1)
                _timer.Change(Delay, Timeout.InfiniteTimeSpan);
        }
    }

    private void Write()
    {
        lock (_writing)
        {
            PluginLogStream[] streams;
            lock (_gate)
            {
                streams = [.. _waiting];
                _waiting.Clear();
            }

            foreach (var stream in streams)
                Write(stream);
        }
    }

    private void Write(PluginLogStream stream)
    {
        var (plugin, lines) = stream.Take();
        if (plugin is null || lines.Count == 0)
            return;
        try
        {
            _files.Append(plugin, Format(lines));
        }
        catch (Exception)
        {
            // No space, a disk that cannot be written, or a fault of ours: the sessions matter more. What was lost is said when it works again.
            stream.Lose(lines.Sum(line => line.Lost ?? 1));
        }
    }

    private ReadOnlySpan<byte> Format(List<PluginLogLine> lines)
    {
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var line in Clean(lines))
        {
            using (var json = new Utf8JsonWriter(buffer, PluginLogJsonContext.WriterOptions))
                JsonSerializer.Serialize(json, line, PluginLogJsonContext.Default.PluginLogLine);
            buffer.Write("\n"u8);
        }

        return buffer.WrittenSpan;
    }

    /// <summary>What was printed in one go is looked at in one go: a key in PEM has many lines.</summary>
    private IEnumerable<PluginLogLine> Clean(List<PluginLogLine> lines)
    {
        for (var at = 0; at < lines.Count; )
        {
            var first = lines[at];
            if (first.Lost is not null || first.Level is not null)
            {
                yield return Clean(first);
                at++;
                continue;
            }

            var end = at;
            while (end < lines.Count && lines[end] is { Lost: null, Level: null } line && line.Sessions.SequenceEqual(first.Sessions))
                end++;
            var cleaned = Clean(string.Join('\n', lines[at..end].Select(line => line.Text))).Split('\n');
            for (var number = 0; number < cleaned.Length; number++)
                yield return lines[Math.Min(at + number, end - 1)] with
                {
                    Text = cleaned[number],
                };
            at = end;
        }
    }

    private PluginLogLine Clean(PluginLogLine line) =>
        line with
        {
            Text = Clean(line.Text),
            Fields = line.Fields?.ToDictionary(field => field.Key, field => Clean(field.Key, field.Value)),
        };

    private string Clean(string text) => _clean(text.ReplaceLineEndings("\n"));

    /// <summary>A field's name may say that its value is secret.</summary>
    private string Clean(string name, string value)
    {
        var cleaned = Clean($"{name}={value}");
        return cleaned.StartsWith(name + "=", StringComparison.Ordinal) ? cleaned[(name.Length + 1)..] : "***";
    }
}
