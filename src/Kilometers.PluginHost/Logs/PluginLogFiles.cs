using Kilometers.Files;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.PluginHost.Logs;

/// <summary>
/// The files that keep what plugins said: <c>NAME.jsonl</c>, and the one before it, <c>NAME.jsonl.1</c>. No plugin has more than these two.
/// Several hosts may write.
/// </summary>
/// <param name="folder">Where they are.</param>
/// <param name="maxSize">From which size on a file is followed by the next.</param>
internal sealed class PluginLogFiles(string folder, long maxSize = PluginLogFiles.MaxSize)
{
    private const long MaxSize = 2 * 1024 * 1024;
    private const string Extension = ".jsonl";
    private const string Older = ".1";
    private const int MaxName = 100;

    /// <summary>Another host needs milliseconds; one that is stopped must not stop this one.</summary>
    private const int Attempts = 50;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>The plugins that something is kept from.</summary>
    public IEnumerable<string> Names =>
        Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*" + Extension).Select(file => Path.GetFileNameWithoutExtension(file))
            : [];

    /// <summary>Where lines of a plugin are added. A plugin under development may be called anything before it has said its name.</summary>
    public string NewerOf(string plugin)
    {
        var name = string.Concat(plugin.Take(MaxName).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '_'));
        return Path.Combine(folder, (name.StartsWith('.') ? "_" + name[1..] : name) + Extension);
    }

    public string OlderOf(string plugin) => NewerOf(plugin) + Older;

    /// <summary>Adds lines.</summary>
    /// <param name="plugin">The plugin.</param>
    /// <param name="lines">Whole ones.</param>
    /// <exception cref="IOException">They are not kept.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public void Append(string plugin, ReadOnlySpan<byte> lines)
    {
        PrivateFile.CreateTrustedDirectory(folder);
        using var turn = TakeTurn();
        var path = NewerOf(plugin);
        if (new FileInfo(path) is { Exists: true } before && before.Length + lines.Length > maxSize)
            File.Move(path, OlderOf(plugin), overwrite: true);
        using var file = PrivateFile.OpenNoFollow(path, FileAccess.ReadWrite, create: true);
        var length = RandomAccess.GetLength(file);
        try
        {
            // A host that was killed may have left half a line.
            if (length > 0 && !EndsWithLine(file, length))
                RandomAccess.Write(file, "\n"u8, length);
            RandomAccess.Write(file, lines, RandomAccess.GetLength(file));
        }
        catch (Exception e)
        {
            RandomAccess.SetLength(file, length);

            // .NET's word for a limit on the size of files (ulimit -f).
            if (e is ArgumentOutOfRangeException)
                throw new IOException(e.Message, e);
            throw;
        }
    }

    /// <summary>Deletes what is kept of a plugin.</summary>
    public void Delete(string plugin)
    {
        if (!Directory.Exists(folder))
            return;
        File.Delete(NewerOf(plugin));
        File.Delete(OlderOf(plugin));
    }

    private static bool EndsWithLine(SafeFileHandle file, long length)
    {
        Span<byte> last = stackalloc byte[1];
        return RandomAccess.Read(file, last, length - 1) == 1 && last[0] == (byte)'\n';
    }

    /// <summary>Two hosts that both made room would throw away what the first had set aside.</summary>
    private SafeFileHandle TakeTurn()
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (PrivateFile.TryLock(Path.Combine(folder, ".lock")) is { } turn)
                return turn;
            Thread.Sleep(Pause);
        }

        throw new IOException("another host does not finish writing");
    }
}
