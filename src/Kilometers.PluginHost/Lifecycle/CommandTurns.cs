using Kilometers.Contracts;

namespace Kilometers.PluginHost.Lifecycle;

/// <summary>One command to a plugin at a time; the session's end, too, waits its turn, having ended what is under way.</summary>
/// <param name="refusal">What a command gets once the session ends.</param>
internal sealed class CommandTurns(Func<KmError> refusal) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _sessionEnds = new();

    /// <summary>Cancelled when the session ends.</summary>
    public CancellationToken SessionEnds => _sessionEnds.Token;

    /// <summary>Runs a command in its turn.</summary>
    /// <param name="command">Returns, when it is done, the task of its outcome: that one takes no turn.</param>
    /// <param name="cancellationToken">Ends the wait for the outcome.</param>
    public async Task<KmError?> CommandAsync(Func<Task<Task<KmError?>>> command, CancellationToken cancellationToken)
    {
        Task<KmError?> outcome;
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _sessionEnds.Token);
            await _turn.WaitAsync(either.Token).ConfigureAwait(false);
            try
            {
                outcome = await command().ConfigureAwait(false);
            }
            finally
            {
                _turn.Release();
            }

            return await outcome.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (_sessionEnds.IsCancellationRequested && e is OperationCanceledException or ObjectDisposedException)
        {
            return refusal();
        }
    }

    /// <summary>Ends what is under way, and waits for its turn.</summary>
    /// <returns>The turn, over when it is disposed of.</returns>
    public async Task<IDisposable> EndAsync()
    {
        await _sessionEnds.CancelAsync().ConfigureAwait(false);
        await _turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        return new Turn(_turn);
    }

    public void Dispose()
    {
        _turn.Dispose();
        _sessionEnds.Dispose();
    }

    private sealed class Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
