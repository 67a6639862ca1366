using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Kilometers.Monitoring.JsonRpc;
using Kilometers.Recordings;
using Kilometers.Transcripts.Conversations;

namespace Kilometers.Transcripts.Replaying;

/// <summary>
/// Serves the server's side of a session to a real client. An answer has the recorded bytes, with the client's id in the place of the
/// recorded one. The first request that was not recorded ends the replay.
/// </summary>
/// <param name="transcript">The session.</param>
/// <param name="pace">How fast it answers.</param>
public sealed class ReplayServer(Transcript transcript, ReplayPace pace) : IDisposable
{
    /// <summary>What a client asks by itself, to find out what a server can do: not having recorded it is not a fault.</summary>
    private static readonly string[] Probes = ["server/discover", "initialize", "subscriptions/listen"];

    /// <summary>What every client may ask at any time, and what has an empty answer.</summary>
    private static readonly string[] Courtesies = ["ping", "logging/setLevel"];

    private readonly ReplayBook _book = new(transcript.Messages);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _awaited = [];
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _running = [];
    private readonly SemaphoreSlim _writing = new(1);
    private readonly CancellationTokenSource _closed = new();
    private Stream _output = Stream.Null;
    private UnexpectedRequest? _unexpected;

    /// <summary>How many recorded requests were asked for, and how many there are.</summary>
    public (int Used, int All) Progress => (_book.Used, _book.Requests.Count);

    /// <summary>Serves until the client closes its end, or asks for something that was not recorded.</summary>
    /// <param name="input">What the client writes.</param>
    /// <param name="output">What the client reads: nothing but messages.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What was unexpected; null: nothing.</returns>
    public async Task<UnexpectedRequest?> RunAsync(Stream input, Stream output, CancellationToken cancellationToken)
    {
        _output = output;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var scripts = new List<Task> { PlayAsync(_book.Start, null, null, ending.Token) };
        var lines = new LineReader(input);
        while (_unexpected is null && await lines.ReadAsync(ending.Token).ConfigureAwait(false) is { } line)
        {
            foreach (var message in Split(WithoutMark(line)))
                if (_unexpected is null)
                    scripts.AddRange(Receive(message, ending.Token));
            scripts.RemoveAll(script => script.IsCompletedSuccessfully);
        }

        // What was asked before the end is still answered, at once; what waits for the client is not.
        await _closed.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(scripts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_unexpected is { } unexpected)
            await WriteAsync(Refusal(unexpected.Id, "This request was not recorded"), ending.Token).ConfigureAwait(false);
        return _unexpected;
    }

    public void Dispose()
    {
        _closed.Dispose();
        _writing.Dispose();
    }

    private static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> line) =>
        line.Span.StartsWith((ReadOnlySpan<byte>)[0xef, 0xbb, 0xbf]) ? line[3..] : line;

    private static IEnumerable<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> line) =>
        BatchReader.IsBatch(line.Span) ? BatchReader.Split(line.Span, out _).Select(range => line[range]) : [line];

    private IEnumerable<Task> Receive(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        var envelope = EnvelopeReader.Read(message.Span);
        var id = envelope.Id is null ? null : JsonRpcId.Canonical(envelope.Id);
        switch (envelope.Kind)
        {
            case JsonRpcKind.Request:
                return [AskAsync(envelope, id!, message, cancellationToken)];
            case JsonRpcKind.Response or JsonRpcKind.ErrorResponse when id is not null:
                Awaited(id).TrySetResult();
                return [];
            case JsonRpcKind.Notification when envelope.CancelledId is { } cancelled:
                if (_running.TryRemove(JsonRpcId.Canonical(cancelled), out var running))
                    running.Cancel();
                return [];
            case JsonRpcKind.Notification when _book.Take(envelope.Method!, RecordedKind.Notification, null) is { } script:
                return [PlayAsync(script, null, message, cancellationToken)];
            default:
                return [];
        }
    }

    private async Task AskAsync(JsonRpcEnvelope envelope, string id, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        var root = JsonElement.Parse(message.Span, new JsonDocumentOptions { MaxDepth = int.MaxValue });
        JsonElement? parameters = root.TryGetProperty("params", out var value) ? value : null;
        if (_book.Take(envelope.Method!, RecordedKind.Request, parameters) is not { } script)
        {
            if (Courtesies.Contains(envelope.Method))
                await WriteAsync(Empty(envelope.Id!), cancellationToken).ConfigureAwait(false);
            else if (Probes.Contains(envelope.Method))
                await WriteAsync(Refusal(envelope.Id!, "Method not found"), cancellationToken).ConfigureAwait(false);
            else
                _unexpected = UnexpectedRequest.Of(envelope, parameters, _book);
            return;
        }

        if (script.Steps.FirstOrDefault(step => step.Action == ReplayAction.Answer && !IsWhole(step.Message)) is not null)
        {
            _unexpected = UnexpectedRequest.NotKept(envelope, script);
            return;
        }

        using var running = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _running[id] = running;
        try
        {
            await PlayAsync(script, Encoding.UTF8.GetBytes(envelope.Id!), message, running.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The client took its request back.
        }
        finally
        {
            _running.TryRemove(id, out _);
        }
    }

    private static bool IsWhole(RecordedMessage message) => message.Payload is not null && !message.IsTruncated;

    private async Task PlayAsync(
        ReplayScript script,
        ReadOnlyMemory<byte>? id,
        ReadOnlyMemory<byte>? trigger,
        CancellationToken cancellationToken
    )
    {
        // So that the reader can read the next message.
        await Task.Yield();
        var token = trigger is { } message ? RawJson.Value(message, "params", "_meta", "progressToken") : null;
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closed.Token);
        foreach (var step in script.Steps)
        {
            if (step.Action == ReplayAction.Await)
            {
                await Awaited(step.Id).Task.WaitAsync(waiting.Token).ConfigureAwait(false);
                _awaited.TryRemove(step.Id, out _);
                continue;
            }

            await pace.WaitAsync(step.Delay, step.Action == ReplayAction.Answer ? script.Title : step.Message.Method, waiting.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            await WriteAsync(Bytes(step, script, id, token), cancellationToken).ConfigureAwait(false);
        }
    }

    private static ReadOnlyMemory<byte> Bytes(ReplayStep step, ReplayScript script, ReadOnlyMemory<byte>? id, ReadOnlyMemory<byte>? token)
    {
        var bytes = step.Message.Payload!.Value;
        if (step.Action == ReplayAction.Answer)
            return id is { } own ? RawJson.Replace(bytes, own, "id") : bytes;
        if (token is { } ownToken && script.ProgressToken is not null)
            bytes = RawJson.Replace(bytes, ownToken, "params", "progressToken");

        // Since 2026-07-28, what belongs to a subscription names the request that opened it.
        return id is { } request ? RawJson.Replace(bytes, request, "params", "_meta", "io.modelcontextprotocol/subscriptionId") : bytes;
    }

    private TaskCompletionSource Awaited(string id) =>
        _awaited.GetOrAdd(id, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    private async Task WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        var line = new byte[message.Length + 1];
        message.CopyTo(line);
        line[^1] = (byte)'\n';
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _output.WriteAsync(line, CancellationToken.None).ConfigureAwait(false);
            await _output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }

    private static byte[] Empty(string id) => Encoding.UTF8.GetBytes($$$"""{"jsonrpc":"2.0","id":{{{id}}},"result":{}}""");

    private static byte[] Refusal(string id, string why) =>
        Encoding.UTF8.GetBytes($$$"""{"jsonrpc":"2.0","id":{{{id}}},"error":{"code":-32601,"message":"{{{why}}}"}}""");
}
