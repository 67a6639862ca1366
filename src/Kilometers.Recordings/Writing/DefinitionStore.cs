using System.Text;
using Kilometers.Recordings.Storage;
using Kilometers.Sqlite;

namespace Kilometers.Recordings.Writing;

/// <summary>The rows of <c>definitions</c>.</summary>
internal sealed class DefinitionStore(Database database) : IDisposable
{
    private readonly Statement _add = database.Prepare(
        "INSERT INTO definitions (server, kind, name, hash, content, first_seen, last_seen) VALUES (?, ?, ?, ?, ?, ?6, ?6)"
            + " ON CONFLICT DO UPDATE SET first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen)"
    );

    /// <summary>Adds what an answer to <c>tools/list</c> or its like lists.</summary>
    public void Add(SessionRecording session, RecordedMessage response, ReadOnlyMemory<byte> payload)
    {
        foreach (var definition in DefinitionList.Read(response.Method, payload))
            _add.BindText(0, Encoding.UTF8.GetBytes(session.Facts.Server))
                .Bind(1, definition.Kind)
                .BindText(2, Encoding.UTF8.GetBytes(definition.Name))
                .Bind(3, definition.Hash)
                .Bind(4, definition.Content)
                .Bind(5, FileTime.Of(response.Time))
                .Run();
    }

    public void Dispose() => _add.Dispose();
}
