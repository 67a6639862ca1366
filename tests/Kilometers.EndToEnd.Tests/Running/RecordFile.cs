using System.Text.Json;

namespace Kilometers.EndToEnd.Tests.Running;

/// <summary>A file of JSON lines that grows while it is read.</summary>
internal sealed class RecordFile(string path)
{
    private readonly List<JsonElement> _lines = [];
    private long _read;

    /// <summary>Its whole lines until now.</summary>
    public List<JsonElement> Read()
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (stream.Length < _read)
        {
            // It was begun anew.
            _lines.Clear();
            _read = 0;
        }

        stream.Position = _read;
        var added = new byte[stream.Length - _read];
        stream.ReadExactly(added);
        var rest = added.AsSpan();
        while (rest.IndexOf((byte)'\n') is >= 0 and var end)
        {
            if (end > 0)
                _lines.Add(JsonElement.Parse(rest[..end]));
            rest = rest[(end + 1)..];
            _read += end + 1;
        }

        return [.. _lines];
    }
}
