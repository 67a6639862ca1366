namespace Kilometers.Audit.Storage;

/// <summary>The files of a log.</summary>
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

    public string Folder { get; }

    public string Log { get; }

    public string Head { get; }

    public string Key { get; }

    public string PublicKey { get; }

    public string Lock { get; }

    public string Turn { get; }

    public IReadOnlyList<string> Files => [Log, Head, Key, PublicKey, Lock, Turn];
}
