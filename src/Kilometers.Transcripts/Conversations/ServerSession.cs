using System.Collections.Concurrent;
using System.Text;
using Kilometers.Monitoring.JsonRpc;
using Kilometers.Processes;

namespace Kilometers.Transcripts.Conversations;

/// <summary>A server that was started, and the client's side of a conversation with it.</summary>
internal sealed class ServerSession : IAsyncDisposable
{
    /// <summary>How long a server may take to end after its input, before it gets SIGTERM: as the TypeScript SDK.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(2);

    /// <summary>How long it may take then. Longer than a client waits: a busy machine must not make a sound server look stuck.</summary>
    private static readonly TimeSpan TerminateLimit = TimeSpan.FromSeconds(10);

    private const int MaxKept = 100;

    private readonly ConcurrentDictionary<string, TaskCompletionSource<ReadOnlyMemory<byte>>> _open = [];
    private readonly SemaphoreSlim _writing = new(1);
    private readonly ChildProcess _child;
    private readonly TimeProvider _time;
    private readonly Func<JsonRpcEnvelope, ReadOnlyMemory<byte>> _answer;
    private readonly Task _reading;
    private readonly Task _readingErrors;
    private readonly ConcurrentQueue<string> _noise = [];
    private readonly ConcurrentQueue<string> _errors = [];
    private int _isEnded;
    private volatile bool _isSilent;

    private ServerSession(ChildProcess child, TimeProvider time, Func<JsonRpcEnvelope, ReadOnlyMemory<byte>> answer)
    {
        (_child, _time, _answer) = (child, time, answer);
        _reading = Task.Run(ReadAsync);
        _readingErrors = Task.Run(ReadErrorsAsync);
    }

    /// <summary>Starts a server.</summary>
    /// <param name="command">Its command.</param>
    /// <param name="time">The clock.</param>
    /// <param name="answer">Answers a request of the server; null: every one with an error.</param>
    /// <exception cref="ChildStartException">It cannot be started.</exception>
    public static ServerSession Start(
        IReadOnlyList<string> command,
        TimeProvider time,
        Func<JsonRpcEnvelope, ReadOnlyMemory<byte>>? answer = null
    ) =>
        new(
            ChildProcess.Start(
                new ChildCommand
                {
                    FileName = command[0],
                    Arguments = [.. command.Skip(1)],
                    EndGroupWithLeader = true,
                }
            ),
            time,
            answer ?? (request => Refusal(request.Id!))
        );

    /// <summary>Lines on standard output that are not JSON-RPC.</summary>
    public IReadOnlyCollection<string> Noise => _noise;

    /// <summary>The last lines of standard error.</summary>
    public IReadOnlyCollection<string> ErrorLines => _errors;

    /// <summary>How the server ended; not completed while it runs.</summary>
    public Task<ExitStatus> Exited => _child.Exited;

    /// <summary>An answer that says that a client cannot do what is asked.</summary>
    public static ReadOnlyMemory<byte> Refusal(string id) =>
        Encoding.UTF8.GetBytes($$$"""{"jsonrpc":"2.0","id":{{{id}}},"error":{"code":-32601,"message":"Method not found"}}""");

    /// <summary>Sends a message that is not a request.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var line = new byte[message.Length + 1];
            message.CopyTo(line);
            line[^1] = (byte)'\n';
            await _child.StandardInput.WriteAsync(line, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The server has closed its end: that it does not answer says so.
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Sends a request and waits for its answer.</summary>
    /// <param name="request">The request.</param>
    /// <param name="id">Its id as it is written in it.</param>
    /// <param name="limit">How long the server may take.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<ServerAnswer> AskAsync(ReadOnlyMemory<byte> request, string id, TimeSpan limit, CancellationToken cancellationToken)
    {
        var answered = _open.GetOrAdd(JsonRpcId.Canonical(id), _ => new TaskCompletionSource<ReadOnlyMemory<byte>>(
            TaskCreationOptions.RunContinuationsAsynchronously
        ));
        if (_isSilent)
            answered.TrySetCanceled(CancellationToken.None);
        var start = _time.GetTimestamp();
        await SendAsync(request, cancellationToken).ConfigureAwait(false);
        try
        {
            var message = await answered.Task.WaitAsync(limit, _time, cancellationToken).ConfigureAwait(false);
            return new ServerAnswer(message, _time.GetElapsedTime(start), ServerSilence.None);
        }
        catch (TimeoutException)
        {
            return new ServerAnswer(default, _time.GetElapsedTime(start), ServerSilence.TooSlow);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ServerAnswer(default, _time.GetElapsedTime(start), ServerSilence.Ended);
        }
        finally
        {
            _open.TryRemove(JsonRpcId.Canonical(id), out _);
        }
    }

    /// <summary>Waits for the end of a server that has closed its output, and for its last words; not for long.</summary>
    public Task LastWordsAsync() => Task.WhenAny(Task.WhenAll(_child.Exited, _readingErrors), Task.Delay(EndLimit, _time));

    /// <summary>Ends the server as a client does: its input, then SIGTERM, then SIGKILL.</summary>
    public async Task<ServerEnd> EndAsync()
    {
        if (Interlocked.Exchange(ref _isEnded, 1) == 0)
            await _child.StandardInput.DisposeAsync().ConfigureAwait(false);
        var reason = ServerEndReason.Input;
        if (!await EndsAsync(EndLimit).ConfigureAwait(false))
        {
            reason = ServerEndReason.Terminated;
            _child.Signal(ChildSignal.Terminate);
            if (!await EndsAsync(TerminateLimit).ConfigureAwait(false))
            {
                reason = ServerEndReason.Killed;
                _child.KillTree();
            }
        }

        var status = await _child.Exited.ConfigureAwait(false);

        // A grandchild may hold the pipes open.
        await Task.WhenAny(Task.WhenAll(_reading, _readingErrors), Task.Delay(EndLimit, _time)).ConfigureAwait(false);
        return new ServerEnd(status, reason);
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync().ConfigureAwait(false);
        _child.KillTree();
        _child.Dispose();
        _writing.Dispose();
    }

    private async Task<bool> EndsAsync(TimeSpan limit) =>
        await Task.WhenAny(_child.Exited, Task.Delay(limit, _time)).ConfigureAwait(false) == _child.Exited;

    private async Task ReadAsync()
    {
        try
        {
            var lines = new LineReader(_child.StandardOutput);
            while (await lines.ReadAsync(CancellationToken.None).ConfigureAwait(false) is { } line)
            {
                if (!BatchReader.IsBatch(line.Span))
                    await ReceiveAsync(line).ConfigureAwait(false);
                else
                    foreach (var range in BatchReader.Split(line.Span, out _))
                        await ReceiveAsync(line[range]).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The end, as far as the conversation goes.
        }

        // Who asks from now on sees this; who asked before is in the list.
        _isSilent = true;
        foreach (var waiting in _open.Values)
            waiting.TrySetCanceled(CancellationToken.None);
    }

    private async Task ReceiveAsync(ReadOnlyMemory<byte> message)
    {
        var envelope = EnvelopeReader.Read(message.Span);
        switch (envelope.Kind)
        {
            case JsonRpcKind.Response or JsonRpcKind.ErrorResponse when envelope.Id is { } id:
                if (_open.TryGetValue(JsonRpcId.Canonical(id), out var waiting))
                    waiting.TrySetResult(message);
                break;
            case JsonRpcKind.Request:
                await SendAsync(_answer(envelope), CancellationToken.None).ConfigureAwait(false);
                break;
            case JsonRpcKind.NotJsonRpc when !message.Span.Trim(" \t\r"u8).IsEmpty:
                Keep(_noise, message);
                break;
        }
    }

    private async Task ReadErrorsAsync()
    {
        try
        {
            var lines = new LineReader(_child.StandardError);
            while (await lines.ReadAsync(CancellationToken.None).ConfigureAwait(false) is { } line)
            {
                Keep(_errors, line);
                if (_errors.Count > MaxKept)
                    _errors.TryDequeue(out _);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private static void Keep(ConcurrentQueue<string> lines, ReadOnlyMemory<byte> line)
    {
        if (lines.Count <= MaxKept)
            lines.Enqueue(Encoding.UTF8.GetString(line.Span[..Math.Min(line.Length, 1000)]));
    }
}

/// <summary>What ended a server.</summary>
internal enum ServerEndReason
{
    /// <summary>Only SIGKILL.</summary>
    Killed,

    /// <summary>SIGTERM.</summary>
    Terminated,

    /// <summary>The end of its input, or it had ended before.</summary>
    Input,
}

/// <summary>How a server ended.</summary>
/// <param name="Status">Its exit status.</param>
/// <param name="Reason">What ended it.</param>
internal readonly record struct ServerEnd(ExitStatus Status, ServerEndReason Reason);

/// <summary>Why a server did not answer.</summary>
internal enum ServerSilence
{
    /// <summary>It did.</summary>
    None,

    /// <summary>It took too long.</summary>
    TooSlow,

    /// <summary>It ended, or closed its output.</summary>
    Ended,
}

/// <summary>What a server answered.</summary>
/// <param name="Message">The whole message; empty without an answer.</param>
/// <param name="Latency">How long it took.</param>
/// <param name="Silence">Why there is no answer.</param>
internal readonly record struct ServerAnswer(ReadOnlyMemory<byte> Message, TimeSpan Latency, ServerSilence Silence);
