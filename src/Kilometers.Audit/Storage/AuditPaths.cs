using System.Globalization;

namespace Kilometers.Audit.Storage;

/// <summary>The files of a log: <c>audit.jsonl</c> is written to, <c>audit-NUMBER.jsonl</c> are the full ones before it.</summary>
internal sealed record AuditPaths
{
    /// <param name="directory">The log's directory. A separator at its end would lead through a link.</param>
    public AuditPaths(string directory)
    {
        Folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        Log = Path.Combine(Folder, "audit.jsonl");
        Head = Path.Combine(Folder, "head.json");
        Key = Path.Combine(Folder, "checkpoint.key");
        PublicKey = Path.Combine(Folder, "checkpoint.pub");
        Lock = Path.Combine(Folder, "audit.lock");
        Turn = Path.Combine(Folder, "audit.turn");
    }

    /// <summary>The older files, the first one first; their names hold the number of their first record.</summary>
    public IReadOnlyList<string> Older =>
        Directory.Exists(Folder)
            ? [.. Directory.EnumerateFiles(Folder, "audit-*.jsonl").Where(file => FirstOf(file) > 0).Order(StringComparer.Ordinal)]
            : [];

    public string Folder { get; }

    public string Log { get; }

    public string Head { get; }

    public string Key { get; }

    public string PublicKey { get; }

    public string Lock { get; }

    public string Turn { get; }

    public IReadOnlyList<string> Files => [.. Older, Log, Head, Key, PublicKey, Lock, Turn];

    /// <summary>Where the log goes when it is full.</summary>
    /// <param name="first">The number of its first record.</param>
    public string OlderFrom(long first) => Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"audit-{first:D12}.jsonl"));

    /// <summary>The number of an older file's first record, as its name says; 0 if it is not one.</summary>
    public static long FirstOf(string file) =>
        Path.GetFileNameWithoutExtension(file)["audit-".Length..] is { Length: >= 12 } digits
        && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            ? first
            : 0;
}
