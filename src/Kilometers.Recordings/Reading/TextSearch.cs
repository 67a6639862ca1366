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
    private readonly Statement _span = database.Prepare("SELECT session_id, first_sequence, last_sequence FROM blocks WHERE id = ?");
    private readonly Statement _messages = database.Prepare(
        "SELECT call_id, block_offset, block_length FROM messages"
            + " WHERE session_id = ? AND sequence BETWEEN ? AND ? AND block_id = ? AND call_id IS NOT NULL ORDER BY sequence DESC"
    );
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

    /// <summary>The calls of a block of which a message has a text, the newest first.</summary>
    /// <param name="block">The block.</param>
    /// <param name="needle">The text, see <see cref="Needle"/>.</param>
    /// <param name="session">Only if the block is of this session; null: in any case.</param>
    /// <param name="passes">Whether a call is wanted at all, which is faster to tell than what is in its messages; null: each is.</param>
    public List<long> Calls(long block, ReadOnlySpan<byte> needle, long? session, Func<long, bool>? passes)
    {
        var calls = new List<long>();
        var (last, isLastWanted) = (0L, false);
        _span.Bind(0, block);
        if (!_span.Step())
            return calls;
        _messages.Bind(0, _span.Number(0)).Bind(1, _span.Number(1)).Bind(2, _span.Number(2)).Bind(3, block);
        var isWanted = session is null || session == _span.Number(0);
        _span.Reset();
        while (isWanted && _messages.Step())
        {
            var call = _messages.Number(0);
            if (call != last)
                (last, isLastWanted) = (call, passes is null || passes(call));
            if (
                isLastWanted
                && blocks.Read(block, _messages.NumberOrNull(1), _messages.NumberOrNull(2)) is { } payload
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

    public void Dispose()
    {
        _match.Dispose();
        _span.Dispose();
        _messages.Dispose();
    }

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
