using System.Numerics;
using Kilometers.Plugin.Sdk.Observing;
using Microsoft.Extensions.Logging;

namespace Kilometers.Plugin.Sdk.Serving;

/// <summary>
/// One session and its instance of the plugin: the calls of the author's methods, one at a time, in order. What one of them throws concerns
/// this session alone.
/// </summary>
internal sealed partial class ServedSession : IDisposable
{
    /// <summary>The first failures are all logged; then only each doubling, so that a handler that always throws does not flood the log.</summary>
    private const ulong FailuresLogged = 16;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _ending;
    private readonly KilometersPlugin _plugin;
    private Task<string?>? _shutdown;
    private volatile bool _isInitialized;
    private ulong _failures;

    /// <param name="plugin">The session's instance.</param>
    /// <param name="processEnding">Cancelled when the process ends.</param>
    public ServedSession(KilometersPlugin plugin, CancellationToken processEnding)
    {
        _plugin = plugin;
        _ending = CancellationTokenSource.CreateLinkedTokenSource(processEnding);
    }

    public KilometersPlugin Plugin => _plugin;

    /// <summary>Cancelled when the session's end, or the process', begins.</summary>
    public CancellationToken Ending => _ending.Token;

    /// <summary>How many handler calls failed.</summary>
    public ulong Failures => Volatile.Read(ref _failures);

    /// <summary>The newest failure, one line; empty before the first.</summary>
    public string LastError { get; private set; } = "";

    /// <summary>Whether the author's own preparation is over, and succeeded.</summary>
    public bool IsInitialized => _isInitialized;

    /// <returns>Why it failed, one line; null if it did not.</returns>
    public async Task<string?> InitializeAsync(CancellationToken cancellationToken)
    {
        var failure = await AuthorsCall
            .TryAsync(_plugin.Logger, _plugin.InitializeAsync, nameof(KilometersPlugin.InitializeAsync), cancellationToken)
            .ConfigureAwait(false);
        _isInitialized = failure is null;
        return failure;
    }

    /// <summary>Waits until no handler runs, and keeps others from running until disposed.</summary>
    public async ValueTask<Turn> TakeTurnAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new(_turn);
    }

    /// <summary>Hands a message to the plugin. Never throws; completes at once when the handler does.</summary>
    public ValueTask HandleAsync(ObservedMessage message, CancellationToken cancellationToken) =>
        // :: Step 8: the author's own code sees the message.
        Handle(static (plugin, item, token) => plugin.HandleMessageAsync(item, token), message, cancellationToken);

    public ValueTask HandleAsync(ObservedError error, CancellationToken cancellationToken) =>
        Handle(static (plugin, item, token) => plugin.HandleErrorAsync(item, token), error, cancellationToken);

    public ValueTask HandleAsync(StreamEvent streamEvent, CancellationToken cancellationToken) =>
        Handle(static (plugin, item, token) => plugin.HandleStreamEventAsync(item, token), streamEvent, cancellationToken);

    /// <summary>Ends the instance's own work, once, however often and by whomever it is asked.</summary>
    /// <returns>Why it failed, one line; null if it did not.</returns>
    public Task<string?> ShutdownAsync(CancellationToken cancellationToken)
    {
        lock (_turn)
            return _shutdown ??= EndAsync(cancellationToken);
    }

    public void Dispose() => _ending.Dispose();

    private async Task<string?> EndAsync(CancellationToken cancellationToken)
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        try
        {
            using (await TakeTurnAsync(cancellationToken).ConfigureAwait(false))
                return await AuthorsCall
                    .TryAsync(_plugin.Logger, _plugin.ShutdownAsync, nameof(KilometersPlugin.ShutdownAsync), cancellationToken)
                    .ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return "a handler did not end before the deadline";
        }
    }

    /// <summary>The hot path allocates nothing and awaits nothing when the handler is done already.</summary>
    private ValueTask Handle<T>(
        Func<KilometersPlugin, T, CancellationToken, ValueTask> handler,
        T item,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return Finish(handler(_plugin, item, cancellationToken), cancellationToken);
        }
        catch (Exception exception)
        {
            Fail(exception, cancellationToken);
            return ValueTask.CompletedTask;
        }
    }

    private ValueTask Finish(ValueTask handling, CancellationToken cancellationToken)
    {
        if (!handling.IsCompletedSuccessfully)
            return FinishLater(handling, cancellationToken);
        handling.GetAwaiter().GetResult();
        return ValueTask.CompletedTask;
    }

    private async ValueTask FinishLater(ValueTask handling, CancellationToken cancellationToken)
    {
        try
        {
            await handling.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Fail(exception, cancellationToken);
        }
    }

    private void Fail(Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && cancellationToken.IsCancellationRequested)
            return;
        LastError = AuthorsCall.OneLine(exception);
        var failures = Interlocked.Increment(ref _failures);
        if (failures <= FailuresLogged || BitOperations.IsPow2(failures))
            LogHandlerFailed(_plugin.Logger, exception, failures);
    }

    [LoggerMessage(1, LogLevel.Error, "A handler failed, {Failures} times so far")]
    private static partial void LogHandlerFailed(ILogger logger, Exception exception, ulong failures);

    /// <summary>The right to call handlers; disposing gives it back.</summary>
    internal readonly struct Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
