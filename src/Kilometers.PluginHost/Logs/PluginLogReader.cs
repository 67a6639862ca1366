using System.Runtime.CompilerServices;
using System.Text.Json;
using Kilometers.Files;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.PluginHost.Logs;

/// <summary>Reads what is kept of a plugin, and what is added while it reads.</summary>
/// <param name="files">Where.</param>
/// <param name="plugin">The plugin.</param>
internal sealed class PluginLogReader(PluginLogFiles files, string plugin)
{
    private const int MaxFile = 64 * 1024 * 1024;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>The beginning of the file that was read last, which tells it from the one that follows it. Null: nothing was read yet.</summary>
    private byte[]? _known;
    private long _position;

    /// <summary>What is there and was not read yet, the oldest first.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public IReadOnlyList<PluginLogLine> ReadNew()
    {
        // This one first: if it is set aside now, it is the same file under either name.
        using var newer = Open(files.NewerOf(plugin));
        if (newer is null || Beginning(newer) is not { } beginning)
            return [];
        var lines = new List<PluginLogLine>();
        if (_known is null || !_known.AsSpan().SequenceEqual(beginning))
        {
            using var older = Open(files.OlderOf(plugin));
            if (older is not null && Beginning(older) is { } other && !other.AsSpan().SequenceEqual(beginning))
            {
                // Where two were filled since, a part is gone that nobody can show any more.
                var isKnown = _known is not null && other.AsSpan().SequenceEqual(_known);
                Read(older, isKnown ? _position : 0, lines);
            }

            (_known, _position) = (beginning, 0);
        }

        _position = Read(newer, _position, lines);
        return lines;
    }

    /// <summary>Waits for further lines, for ever.</summary>
    public async IAsyncEnumerable<IReadOnlyList<PluginLogLine>> FollowAsync(
        TimeProvider time,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        while (true)
        {
            await Task.Delay(PollInterval, time, cancellationToken).ConfigureAwait(false);
            if (ReadNew() is { Count: > 0 } lines)
                yield return lines;
        }
    }

    /// <returns>Null if there is none, or nothing in it.</returns>
    private static SafeFileHandle? Open(string path)
    {
        try
        {
            var file = PrivateFile.OpenNoFollow(path, FileAccess.Read, create: false);
            if (RandomAccess.GetLength(file) > 0)
                return file;
            file.Dispose();
            return null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The time, the session and the words of the first line: no two files have the same.</summary>
    /// <returns>Null while it is being written.</returns>
    private static byte[]? Beginning(SafeFileHandle file)
    {
        const int Length = 160;
        var bytes = new byte[Length];
        bytes = bytes[..RandomAccess.Read(file, bytes, 0)];
        return bytes.AsSpan().IndexOf((byte)'\n') is >= 0 and var end ? bytes[..end]
            : bytes.Length == Length ? bytes
            : null;
    }

    /// <returns>The end of the last whole line.</returns>
    private static long Read(SafeFileHandle file, long position, List<PluginLogLine> lines)
    {
        var length = RandomAccess.GetLength(file);
        if (position >= length)
            return length;
        var bytes = new byte[Math.Min(length - position, MaxFile)];
        var read = 0;
        for (int count; read < bytes.Length && (count = RandomAccess.Read(file, bytes.AsSpan(read), position + read)) > 0; )
            read += count;
        var whole = bytes.AsSpan(0, read).LastIndexOf((byte)'\n') + 1;
        foreach (var range in bytes.AsSpan(0, whole).Split((byte)'\n'))
            if (Parse(bytes.AsSpan(range)) is { } line)
                lines.Add(line);
        return position + whole;
    }

    /// <returns>Null for what is not a line, such as half of one that a killed host left.</returns>
    private static PluginLogLine? Parse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return bytes.IsEmpty ? null : JsonSerializer.Deserialize(bytes, PluginLogJsonContext.Default.PluginLogLine);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
