using System.Text;
using Kilometers.Recordings.Storage;
using Kilometers.Sqlite;

namespace Kilometers.Recordings.Reading;

/// <summary>
/// Finds texts in payloads: the index tells which blocks have all words, and the blocks' content which messages have the text as it was
/// written.
/// </summary>
internal sealed class TextSearch(Database database, BlockReader blocks) : IDisposable
{
    private readonly Statement _match = database.Prepare("SELECT rowid FROM search WHERE search MATCH ?");
    private readonly TextBuffer _text = new();

    /// <summary>The words of a text, as the index has them.</summary>
    public static IReadOnlyList<string> Words(string text)
    {
        var found = new WordList([]);
        SearchWords.Split(Encoding.UTF8.GetBytes(text), ref found);
        return found.Words;
    }

    /// <summary>The text as it is compared: UTF-8, ASCII letters in lower case.</summary>
    public static byte[] Needle(string text)
    {
        var needle = Encoding.UTF8.GetBytes(text);
        Lower(needle);
        return needle;
    }

    /// <summary>Blocks that may have a text, the newest first.</summary>
    public IReadOnlyList<long> Candidates(string text)
    {
        HashSet<long>? all = null;
        var words = Words(text);
        for (var at = 0; at < words.Count; at++)
        {
            // The last word may be only begun.
            var found = Match(at == words.Count - 1 ? $"\"{words[at]}\" *" : $"\"{words[at]}\"");
            if (all is null)
                all = found;
            else
                all.IntersectWith(found);
        }

        return [.. (all ?? []).OrderDescending()];
    }

    /// <summary>Finds the messages of a block whose calls are wanted, which is faster to tell than what is in them.</summary>
    /// <param name="condition">The calls, as SQL over <c>calls</c>.</param>
    /// <returns>For <see cref="Calls"/>; the block is its last parameter.</returns>
    public Statement Messages(string condition) =>
        database.Prepare(
            "SELECT call_id, block_offset, block_length FROM blocks CROSS JOIN messages ON messages.session_id = blocks.session_id"
                + " AND sequence BETWEEN first_sequence AND last_sequence AND block_id = blocks.id"
                + $" WHERE EXISTS (SELECT 1 FROM calls WHERE id = call_id AND {condition}) AND blocks.id = ? ORDER BY sequence DESC"
        );

    /// <summary>The calls of a block of which a message has a text, the newest first.</summary>
    /// <param name="block">The block.</param>
    /// <param name="needle">The text, see <see cref="Needle"/>.</param>
    /// <param name="messages">See <see cref="Messages"/>.</param>
    public List<long> Calls(long block, ReadOnlySpan<byte> needle, Statement messages)
    {
        var calls = new List<long>();
        messages.BindLast(block);
        while (messages.Step())
        {
            var call = messages.Number(0);
            if (
                blocks.Read(block, messages.NumberOrNull(1), messages.NumberOrNull(2)) is { } payload
                && !calls.Contains(call)
                && Has(payload.Span, needle)
            )
                calls.Add(call);
        }

        return calls;
    }

    /// <summary>Whether a payload has a text.</summary>
    public bool Has(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> needle)
    {
        SearchText.Extract(payload, _text);
        Lower(_text.Written);
        return _text.Written.IndexOf(needle) >= 0;
    }

    public void Dispose() => _match.Dispose();

    private HashSet<long> Match(string query)
    {
        var found = new HashSet<long>();
        _match.Bind(0, query);
        while (_match.Step())
            found.Add(_match.Number(0) / SearchWords.RowsPerBlock);
        return found;
    }

    private static void Lower(Span<byte> text)
    {
        foreach (ref var one in text)
            if (one is >= (byte)'A' and <= (byte)'Z')
                one |= 0x20;
    }

    private readonly struct WordList(List<string> words) : IWordSink
    {
        public IReadOnlyList<string> Words => words;

        public void Add(ReadOnlySpan<byte> word, ulong hash) => words.Add(Encoding.UTF8.GetString(word));
    }
}
