namespace Kilometers.Audit.Storage;

/// <summary>What a writer must know of a log before it adds to it: found from its end, and compared with its head.</summary>
internal sealed record LogState
{
    /// <summary>Where the next line goes: behind the last whole one.</summary>
    public required long End { get; init; }

    /// <summary>How many bytes stand behind that, left by a crash.</summary>
    public required long TornLength { get; init; }

    /// <summary>The last record's number; 0 if there is none.</summary>
    public required long Seq { get; init; }

    /// <summary>The last line's hash.</summary>
    public required string Hash { get; init; }

    /// <summary>What went with the power, as its head says; null if nothing did. To be recorded, too.</summary>
    public string? Loss { get; init; }

    /// <summary>Why this is not the log that its head belongs to; null if it is. To be recorded: a new head would hide it.</summary>
    public string? Damage { get; init; }

    /// <param name="files">The open log.</param>
    /// <param name="head">The head; null if there is none or it is not valid.</param>
    /// <param name="hasHeadFile">Whether there is one.</param>
    /// <exception cref="IOException">It cannot be read, or a line is too long to be a record.</exception>
    public static LogState Read(LogFiles files, LogHead? head, bool hasHeadFile)
    {
        using var lines = files.Backward().GetEnumerator();
        var state = new LogState
        {
            End = files.End,
            TornLength = files.Length - files.End,
            Seq = 0,
            Hash = LogFormat.NoHash,
        };
        if (lines.MoveNext())
        {
            var hash = LogFormat.Hash(lines.Current.Span);
            var (seq, invalidLines) = LastNumber(lines);
            state = state with { Seq = seq, Hash = hash, Damage = invalidLines > 0 ? "the last line is not a record" : null };
        }

        if (state.Damage is not null)
            return state;
        if (head is null)
            return state with { Damage = hasHeadFile ? "the head is not valid" : "the head is missing" };
        if (head.Seq <= state.Seq)
            return HashOf(head.Seq, state, lines) == head.Hash ? state : state with { Damage = Other(head.Seq) };
        if (!head.ExplainsLossAfter(state.Seq))
            return state with
            {
                Damage = $"the head names record {LogFormat.Number(head.Seq)}, but the log ends with {LogFormat.Number(state.Seq)}",
            };
        return HashOf(head.FlushedSeq, state, lines) == head.FlushedHash
            ? state with
            {
                Loss = LogFormat.LossOf(state.Seq, head.Seq),
            }
            : state with
            {
                Damage = Other(head.FlushedSeq),
            };
    }

    /// <summary>The number of the last line, if lines that are no records had one, too: as <see cref="ChainCheck"/> counts.</summary>
    private static (long Seq, long InvalidLines) LastNumber(IEnumerator<ReadOnlyMemory<byte>> lines)
    {
        long invalid = 0;
        do
        {
            if (LogFormat.Read(lines.Current.Span) is { } record)
                return (record.Seq + invalid, invalid);
            invalid++;
        } while (lines.MoveNext());
        return (invalid, invalid);
    }

    /// <summary>The hash of a record before the last one. A crash between line and head leaves a few; a loss of power may take more.</summary>
    private static string HashOf(long wanted, LogState state, IEnumerator<ReadOnlyMemory<byte>> lines)
    {
        var hash = state.Hash;
        for (var seq = state.Seq; seq > wanted; seq--)
            hash = lines.MoveNext() ? LogFormat.Hash(lines.Current.Span) : LogFormat.NoHash;
        return hash;
    }

    private static string Other(long seq) => $"record {LogFormat.Number(seq)} is not the one that the head names";
}
