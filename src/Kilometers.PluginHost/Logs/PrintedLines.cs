using System.Text;

namespace Kilometers.PluginHost.Logs;

/// <summary>Makes lines of bytes that come as a plugin flushed them. Not for several threads at once.</summary>
/// <param name="maxLine">Bytes; a longer line becomes several.</param>
internal sealed class PrintedLines(int maxLine)
{
    private readonly List<byte> _partial = [];

    /// <summary>Takes bytes, and gives each line that they complete.</summary>
    public void Add(ReadOnlySpan<byte> bytes, Action<string> line)
    {
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)'\n');
            var piece = bytes[..Math.Min(end < 0 ? bytes.Length : end, maxLine - _partial.Count)];
            _partial.AddRange(piece);
            bytes = bytes[piece.Length..];
            var isWhole = bytes is [(byte)'\n', ..];
            if (isWhole)
                bytes = bytes[1..];
            if (isWhole || _partial.Count >= maxLine)
                Give(line);
        }
    }

    /// <summary>No more comes: what is left is a line, too.</summary>
    public void Complete(Action<string> line)
    {
        if (_partial.Count > 0)
            Give(line);
    }

    private void Give(Action<string> line)
    {
        line(Encoding.UTF8.GetString([.. _partial]).TrimEnd('\r'));
        _partial.Clear();
    }
}
