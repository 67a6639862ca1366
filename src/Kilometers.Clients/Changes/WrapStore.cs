using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kilometers.Contracts;
using Kilometers.Files;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.Clients.Changes;

/// <summary>
/// What km remembers of its changes, for the user alone: the original of each wrapped entry, and each file as it was before a change. Both
/// hold what the files hold, secrets too.
/// </summary>
internal sealed class WrapStore(string folder, TimeProvider time)
{
    private const int MaxRecord = 8 << 20;
    private const int MaxBackup = 64 << 20;

    /// <summary>Backups that are kept of one file.</summary>
    public const int MaxBackups = 20;

    private const string BeforeWrap = ".before-wrap";
    private const string BeforeUnwrap = ".before-unwrap";

    private string Entries => Path.Combine(folder, "entries");

    private string Backups => Path.Combine(folder, "backups");

    /// <summary>Keeps other km from changing configurations; null: one is at it.</summary>
    /// <exception cref="IOException">The folder cannot be used.</exception>
    public SafeFileHandle? TryLock()
    {
        PrivateFile.CreateTrustedDirectory(folder);
        return PrivateFile.TryLock(Path.Combine(folder, "lock"));
    }

    /// <summary>The record of an entry; null where there is none.</summary>
    /// <exception cref="KmException">It is there and cannot be used.</exception>
    public WrapRecord? Find(string file, IReadOnlyList<string> path)
    {
        var place = PlaceOf(file, path);
        if (!File.Exists(place))
            return null;
        try
        {
            var record = JsonSerializer.Deserialize(PrivateFile.ReadTrusted(place, MaxRecord), WrapRecordJson.Default.WrapRecord);
            return record is not null && record.File == file && record.Path.SequenceEqual(path)
                ? record
                : throw new IOException("It is about another entry.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw ClientErrors.Unreadable(place, e.Message);
        }
    }

    public WrapRecord Save(string file, IReadOnlyList<string> path, ReadOnlySpan<byte> original, ReadOnlySpan<byte> wrapped)
    {
        var record = new WrapRecord
        {
            File = file,
            Path = path,
            At = time.GetUtcNow(),
            Original = original.ToArray(),
            Wrapped = wrapped.ToArray(),
        };
        PrivateFile.CreateTrustedDirectory(Entries);
        PrivateFile.Replace(PlaceOf(file, path), JsonSerializer.SerializeToUtf8Bytes(record, WrapRecordJson.Default.WrapRecord));
        return record;
    }

    /// <summary>Drops the record of an entry. One that stays does no harm: the next change of the entry replaces it.</summary>
    public void Forget(string file, IReadOnlyList<string> path)
    {
        try
        {
            File.Delete(PlaceOf(file, path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The folder is gone, or closed: the file itself is written.
        }
    }

    /// <summary>Keeps a file as it is before a change.</summary>
    /// <returns>The backup.</returns>
    public string Backup(string file, ReadOnlySpan<byte> content, bool isWrap)
    {
        var place = BackupsOf(file);
        PrivateFile.CreateTrustedDirectory(place);
        PrivateFile.Replace(Path.Combine(place, "file.txt"), Encoding.UTF8.GetBytes(file + "\n"));
        var stamp = time.GetUtcNow().ToString("yyyyMMdd'T'HHmmss.fffffff'Z'", CultureInfo.InvariantCulture);
        var backup = Path.Combine(place, stamp + (isWrap ? BeforeWrap : BeforeUnwrap));
        PrivateFile.WriteNew(backup, content);
        foreach (var old in Directory.EnumerateFiles(place, "*.before-*").OrderDescending(StringComparer.Ordinal).Skip(MaxBackups))
            File.Delete(old);
        return backup;
    }

    /// <summary>A file as it was before km last wrapped something in it.</summary>
    /// <returns>Its content and when that was; null where there is no such backup.</returns>
    public (byte[] Content, DateTimeOffset At)? Newest(string file)
    {
        var place = BackupsOf(file);
        if (!Directory.Exists(place))
            return null;
        var newest = Directory.EnumerateFiles(place, "*" + BeforeWrap).Max(StringComparer.Ordinal);
        return newest is null ? null : (PrivateFile.ReadTrusted(newest, MaxBackup), new DateTimeOffset(File.GetLastWriteTimeUtc(newest)));
    }

    private string PlaceOf(string file, IReadOnlyList<string> path) =>
        Path.Combine(Entries, Digest(string.Join('\0', path.Prepend(file))) + ".json");

    private string BackupsOf(string file) => Path.Combine(Backups, Digest(file));

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32];
}
