using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kilometers.Files;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.Definitions;

/// <summary>
/// The records of all servers, a file each, in a folder that several processes may use: the plugin, and <c>km guard</c>. A change is made
/// under a lock and replaces the file in one step. A file that cannot be read is set aside, and its server is pinned again.
/// </summary>
/// <param name="folder">The plugin's state directory; need not be there.</param>
/// <param name="time">The clock.</param>
public sealed class ServerRecords(string folder, TimeProvider time)
{
    /// <summary>Servers that are kept; the one that was not seen for the longest time goes first.</summary>
    public const int MaxServers = 500;

    private const int MaxFile = 64 * 1024 * 1024;
    private const string Ending = ".json";
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private string Files => Path.Combine(folder, "servers");

    /// <summary>The key of a server. Another name or another command is another server.</summary>
    /// <param name="label">What the user calls it.</param>
    /// <param name="command">Its command line, secrets masked.</param>
    public static string KeyOf(string label, string command) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{label}\n{command}")))[..16];

    /// <summary>All records, those with something to approve first, then by label.</summary>
    /// <param name="unreadable">Files that cannot be read, with the reason.</param>
    public IReadOnlyList<ServerRecord> Read(out IReadOnlyList<string> unreadable)
    {
        var records = new List<ServerRecord>();
        var failed = new List<string>();
        if (Directory.Exists(Files))
        {
            foreach (var file in Directory.EnumerateFiles(Files, "*" + Ending))
            {
                try
                {
                    records.Add(Load(file));
                }
                catch (FileNotFoundException)
                {
                    // It was replaced or removed in between.
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
                {
                    failed.Add($"{file}: {e.Message}");
                }
            }
        }

        unreadable = failed;
        return
        [
            .. records
                .OrderByDescending(record => record.Pending.Any())
                .ThenBy(record => record.Label, StringComparer.Ordinal)
                .ThenByDescending(record => record.LastSeen),
        ];
    }

    /// <summary>The record of a server as it is now; null if there is none.</summary>
    /// <param name="key">Its key.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    /// <exception cref="JsonException">It is damaged.</exception>
    public ServerRecord? Find(string key)
    {
        try
        {
            return Load(FileOf(key));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Changes the record of a server.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="create">Makes one where there is none; null: then nothing happens.</param>
    /// <param name="change">What to do with it.</param>
    /// <param name="setAside">The name that a damaged file got; null: it was not damaged.</param>
    /// <returns>What the change returned; the default where there is no record.</returns>
    /// <exception cref="IOException">The record cannot be read or written; nothing was changed.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public T? Update<T>(string key, Func<ServerRecord>? create, Func<ServerRecord, T> change, out string? setAside)
    {
        ArgumentNullException.ThrowIfNull(change);
        setAside = null;
        PrivateFile.CreateDirectory(Files);
        using var held = Lock();
        var file = FileOf(key);
        ServerRecord? record = null;
        try
        {
            record = Load(file);
        }
        catch (FileNotFoundException) { }
        catch (JsonException)
        {
            setAside = string.Create(CultureInfo.InvariantCulture, $"{file}.damaged-{time.GetUtcNow():yyyyMMddTHHmmssfff}");
            File.Move(file, setAside, overwrite: true);
        }

        if (record is null)
        {
            if (create is null)
                return default;
            MakeRoom();
            record = create();
        }

        var result = change(record);
        PrivateFile.Replace(file, JsonSerializer.SerializeToUtf8Bytes(record, RecordJson.Default.ServerRecord));
        return result;
    }

    private static ServerRecord Load(string file)
    {
        var record = JsonSerializer.Deserialize(PrivateFile.ReadAll(file, MaxFile), RecordJson.Default.ServerRecord)
            ?? throw new JsonException("The file is empty.");
        if (record.Format != 1 || FileNameOf(record.Key) != Path.GetFileName(file))
            throw new JsonException("The file is of another version of guard, or of another server.");
        return record.Definitions.DistinctBy(one => (one.Kind, one.Name)).Count() == record.Definitions.Count
            ? record
            : throw new JsonException("A definition is there twice.");
    }

    private static string FileNameOf(string key) => key + Ending;

    private string FileOf(string key) => Path.Combine(Files, FileNameOf(key));

    private void MakeRoom()
    {
        var files = Directory.GetFiles(Files, "*" + Ending);
        foreach (var file in files.OrderBy(File.GetLastWriteTimeUtc).Take(Math.Max(0, files.Length - MaxServers + 1)))
            File.Delete(file);
    }

    private SafeFileHandle Lock()
    {
        var since = time.GetTimestamp();
        while (true)
        {
            if (PrivateFile.TryLock(Path.Combine(folder, "lock")) is { } held)
                return held;
            if (time.GetElapsedTime(since) > LockTimeout)
                throw new IOException(
                    $"Another process has held {Path.Combine(folder, "lock")} for more than {LockTimeout.TotalSeconds:0} s."
                );
            Thread.Sleep(Pause);
        }
    }
}
