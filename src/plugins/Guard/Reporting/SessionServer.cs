using System.Text.Json;
using Kilometers.Definitions;
using Kilometers.Plugin.Sdk;

namespace Kilometers.Plugins.Guard.Reporting;

/// <summary>The record of one session's server. A record that cannot be used is reported once; the session's warnings continue.</summary>
/// <param name="records">All records.</param>
/// <param name="session">The session.</param>
/// <param name="command">The server's command line, masked.</param>
/// <param name="time">The clock.</param>
/// <param name="warn">Prints a fault.</param>
internal sealed class SessionServer(ServerRecords records, SessionInfo session, string command, TimeProvider time, Action<string> warn)
{
    private readonly Lock _gate = new();
    private HashSet<string> _pending = [];
    private bool _hasFailed;

    /// <summary>Identifies the server.</summary>
    public string Key { get; } = ServerRecords.KeyOf(session.ServerLabel, command);

    /// <summary>What people call the server, and <c>km guard</c> finds it by.</summary>
    public string Name =>
        session.ServerLabel.Length > 0
        && session.ServerLabel.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.')
            ? session.ServerLabel
            : Key[..8];

    /// <summary>Compares what the server listed with what was approved, and pins it if it is the first time.</summary>
    /// <returns>The differences; null where the record cannot be used, so that nothing can be said of changes.</returns>
    public IReadOnlyList<DefinitionChange>? Observe(DefinitionList list) =>
        Change(record =>
        {
            var changes = record.Observe(list, session.Id, time.GetUtcNow());
            NotePending(record);
            return changes;
        });

    /// <summary>Whether this session's server changed a tool, and nobody had approved that when it was last listed. On any thread.</summary>
    public bool IsPending(string tool)
    {
        lock (_gate)
            return _pending.Contains(tool);
    }

    /// <summary>What the record says of a tool now: somebody may have approved it. On any thread.</summary>
    /// <returns>The changes that nobody has approved; null where the record cannot be read.</returns>
    public IReadOnlyList<DefinitionChange>? ReadPending(string tool)
    {
        try
        {
            return records.Find(Key) is { } record ? [.. Pending(record).Where(change => change.Name == tool)] : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private static IEnumerable<DefinitionChange> Pending(ServerRecord record) =>
        record.Pending.Where(change => change is { Kind: DefinitionKind.Tool, What: ChangeKind.Changed });

    private void NotePending(ServerRecord record)
    {
        var pending = Pending(record).Select(change => change.Name).ToHashSet(StringComparer.Ordinal);
        lock (_gate)
            _pending = pending;
    }

    /// <summary>Keeps findings.</summary>
    public void Keep(IReadOnlyCollection<Finding> findings) =>
        Change(record =>
        {
            foreach (var finding in findings)
                record.Keep(finding, session.Id, time.GetUtcNow());
            return true;
        });

    private T? Change<T>(Func<ServerRecord, T> change)
    {
        try
        {
            var result = records.Update(
                Key,
                Create,
                record =>
                {
                    record.LastSeen = time.GetUtcNow();
                    return change(record);
                },
                out var setAside
            );
            if (setAside is not null)
                warn(
                    $"the record of this server was damaged, and its definitions are pinned again as they are now. The old file: {setAside}"
                );
            return result;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!_hasFailed)
                warn($"the record of this server cannot be used, so changes of its definitions are not noticed: {e.Message}");
            _hasFailed = true;
            return default;
        }
    }

    private ServerRecord Create() =>
        new()
        {
            Key = Key,
            Label = session.ServerLabel,
            Command = command,
            FirstSeen = time.GetUtcNow(),
            LastSeen = time.GetUtcNow(),
        };
}
