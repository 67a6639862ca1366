using System.Buffers;
using Kilometers.Recordings.Storage;
using Kilometers.Sqlite;

namespace Kilometers.Recordings.Writing;

/// <summary>
/// The rows of <c>blocks</c>, and the index of their words. With each transaction the block that a session fills gets another part, and the
/// index the words that the block did not have before.
/// </summary>
internal sealed class BlockStore(Database database) : IDisposable
{
    private readonly Statement _add = database.Prepare(
        "INSERT INTO blocks (session_id, first_sequence, last_sequence, search_rows, raw_bytes) VALUES (?, ?, 0, 0, 0)"
    );
    private readonly Statement _update = database.Prepare(
        "UPDATE blocks SET last_sequence = ?, search_rows = ?, raw_bytes = ? WHERE id = ?"
    );
    private readonly Statement _addPart = database.Prepare("INSERT INTO block_parts (block_id, part, raw_bytes, data) VALUES (?, ?, ?, ?)");
    private readonly Statement _close = database.Prepare("UPDATE blocks SET data = ? WHERE id = ?");
    private readonly Statement _deleteParts = database.Prepare("DELETE FROM block_parts WHERE block_id = ?");
    private readonly Statement _index = database.Prepare("INSERT INTO search (rowid, words) VALUES (?, ?)");
    private readonly TextBuffer _text = new();
    private byte[] _compressed = [];

    /// <summary>Adds a payload.</summary>
    /// <param name="session">Whose.</param>
    /// <param name="message">The message.</param>
    /// <param name="payload">Its payload.</param>
    /// <param name="block">The block it is in.</param>
    /// <returns>Where it is in the block.</returns>
    public long Add(SessionRecording session, RecordedMessage message, ReadOnlySpan<byte> payload, out long block)
    {
        var open = session.Block;
        if (
            open.Row != 0
            && (open.Content.WrittenCount + payload.Length > PayloadBlock.FullSize || open.SearchRows == SearchWords.RowsPerBlock)
        )
            Close(open);

        if (open.Row == 0)
        {
            _add.Bind(0, session.Row).Bind(1, message.Sequence).Run();
            open.Row = database.LastRow;
            open.FirstSequence = message.Sequence;
        }

        var offset = open.Content.WrittenCount;
        open.Content.Write(payload);
        open.LastSequence = message.Sequence;
        if (!DefinitionList.IsListed(message.Method))
            AddWords(open, payload);
        block = open.Row;
        return offset;
    }

    /// <summary>Writes what the file does not have yet of a session's block.</summary>
    /// <param name="session">Whose.</param>
    /// <param name="isLast">Whether nothing more comes.</param>
    public void Write(SessionRecording session, bool isLast)
    {
        var open = session.Block;
        if (open.Row == 0)
            return;
        if (isLast)
        {
            Close(open);
            return;
        }

        Update(open);
        var added = open.Content.WrittenSpan[open.PartBytes..];
        if (added.IsEmpty)
            return;
        var length = PayloadBlock.Compress(added, ref _compressed);
        _addPart.Bind(0, open.Row).Bind(1, open.Parts++).Bind(2, added.Length).BindBytes(3, _compressed.AsSpan(0, length)).Run();
        open.PartBytes = open.Content.WrittenCount;
    }

    public void Dispose()
    {
        foreach (var statement in (Statement[])[_add, _update, _addPart, _close, _deleteParts, _index])
            statement.Dispose();
    }

    private void Close(OpenBlock open)
    {
        Update(open);
        var length = PayloadBlock.Compress(open.Content.WrittenSpan, ref _compressed);
        _close.BindBytes(0, _compressed.AsSpan(0, length)).Bind(1, open.Row).Run();
        if (open.Parts > 0)
            _deleteParts.Bind(0, open.Row).Run();
        open.Clear();
    }

    private void Update(OpenBlock open)
    {
        if (open.NewWords.WrittenCount > 0)
        {
            _index.Bind(0, (open.Row * SearchWords.RowsPerBlock) + open.SearchRows++).BindText(1, open.NewWords.WrittenSpan).Run();
            open.NewWords.ResetWrittenCount();
        }

        _update.Bind(0, open.LastSequence).Bind(1, open.SearchRows).Bind(2, open.Content.WrittenCount).Bind(3, open.Row).Run();
    }

    private void AddWords(OpenBlock open, ReadOnlySpan<byte> payload)
    {
        SearchText.Extract(payload, _text);
        var words = new NewWords(open.Words, open.NewWords);
        SearchWords.Split(_text.Written, ref words);
    }
}
