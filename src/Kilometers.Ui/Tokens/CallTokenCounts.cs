using Kilometers.Recordings.Storage;
using Kilometers.Recordings.Tokens;

namespace Kilometers.Ui.Tokens;

/// <summary>
/// Counts the tokens of calls that pages show, and keeps them in the file. A page does not wait for them: it is told to load again. While
/// sessions run there is always more to count, so it rests in between: the tokenizer is large.
/// </summary>
/// <param name="folder">Where the file is.</param>
/// <param name="time">The clock.</param>
/// <param name="report">Called when more is known.</param>
internal sealed class CallTokenCounts(string folder, TimeProvider time, Action report)
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RestAfterFault = TimeSpan.FromMinutes(5);

    private int _isCounting;

    /// <summary>Begins to count, unless it is too much to do it unasked.</summary>
    public void Count(TokenBacklog backlog)
    {
        if (backlog is { Bytes: > 0, IsSmall: true } && Interlocked.Exchange(ref _isCounting, 1) == 0)
            _ = CountAsync(backlog.Sessions);
    }

    private async Task CountAsync(IReadOnlyList<long> sessions)
    {
        var rest = Rest;
        try
        {
            await Task.Run(() =>
                {
                    var counter = new Lazy<TokenCounter>(() => new TokenCounter());
                    using var store = TokenStore.Open(folder, text => counter.Value.Count(text));
                    foreach (var session in sessions)
                        store.Count(session, _ => { });
                })
                .ConfigureAwait(false);
            report();
        }
        catch (Exception e) when (e is RecordingException or IOException or UnauthorizedAccessException)
        {
            // The pages show everything else.
            rest = RestAfterFault;
        }

        await Task.Delay(rest, time).ConfigureAwait(false);
        Volatile.Write(ref _isCounting, 0);
        report();
    }
}
