using System.Buffers;
using System.Text.Json;

namespace Kilometers.TestPlugin;

/// <summary>Appends what the plugin saw to a file, one JSON object per line.</summary>
internal sealed class Recorder : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly FileStream? _file;
    private readonly bool _writeThrough;

    public Recorder(string? path, bool writeThrough)
    {
        _writeThrough = writeThrough;
        if (path is null)
            return;
        _file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 64 * 1024);
        Write("start", json => json.WriteNumber("pid", Environment.ProcessId));
    }

    public void Write(string call, Action<Utf8JsonWriter>? members = null)
    {
        if (_file is null)
            return;
        lock (_gate)
        {
            _line.ResetWrittenCount();
            using (var json = new Utf8JsonWriter(_line))
            {
                json.WriteStartObject();
                json.WriteString("call", call);
                members?.Invoke(json);
                json.WriteEndObject();
            }

            // In one write, so that a plugin which is killed leaves whole lines.
            _line.Write("\n"u8);
            _file.Write(_line.WrittenSpan);
            if (_writeThrough || call == "shutdown")
                _file.Flush();
        }
    }

    public void Dispose() => _file?.Dispose();
}
