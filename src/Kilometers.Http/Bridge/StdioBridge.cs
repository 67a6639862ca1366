using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Kilometers.Contracts;
using Kilometers.Http.Observing;
using Kilometers.Http.SignIn;
using Kilometers.Link.Ring;

namespace Kilometers.Http.Bridge;

/// <summary>
/// <c>km bridge</c>: a client that speaks over standard input and output, and a server that speaks Streamable HTTP. Each message of the client
/// is a request to the server; what the server sends, in whatever form, is a line for the client.
/// </summary>
internal sealed class StdioBridge : IDisposable
{
    private static readonly TimeSpan GoodbyeLimit = TimeSpan.FromSeconds(1);

    private readonly Stream _input;
    private readonly ObservedSession _session;
    private readonly ServerConnection _connection;
    private readonly BridgeOutput _output;
    private readonly PendingRequests _pending = new();
    private readonly ToolHeaders _tools = new();
    private readonly AnswerReader _answers;
    private readonly ServerStream _stream;
    private readonly BridgeFaults _faults;
    private readonly HashSet<Task> _open = [];

    /// <param name="server">The address of the server.</param>
    /// <param name="headers">Headers of the user's for every request.</param>
    /// <param name="tokens">Signs the user in; null: the headers say who the user is.</param>
    /// <param name="input">What the client writes.</param>
    /// <param name="output">What it reads.</param>
    /// <param name="session">Sees both.</param>
    /// <param name="time">The clock.</param>
    public StdioBridge(
        Uri server,
        IReadOnlyList<KeyValuePair<string, string>> headers,
        TokenSource? tokens,
        Stream input,
        Stream output,
        ObservedSession session,
        TimeProvider time
    )
    {
        (_input, _session) = (input, session);
        _connection = new ServerConnection(server, headers, tokens);
        _output = new BridgeOutput(output, session);
        _faults = new BridgeFaults(server, _output, _pending, session);
        ServerStream? stream = null;
        _answers = new AnswerReader(_connection, _output, _pending, _tools, time) { Endpoint = address => stream!.TakeEndpoint(address) };
        _stream = stream = new ServerStream(_connection, _answers, time) { Lost = FailAll };
    }

    public void Dispose() => _connection.Dispose();

    /// <summary>Serves the client until it closes its end, or it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await ReadInputAsync(over.Token).ConfigureAwait(false);

            // The client may have asked something and closed its end: it still reads.
            while (_open.Count > 0)
            {
                await Task.WhenAll(_open).ConfigureAwait(false);
                _open.RemoveWhere(task => task.IsCompleted);
            }

            await _stream.WaitUntilAnsweredAsync(_pending, over.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // We are told to end, or the client reads no more.
        }

        await over.CancelAsync().ConfigureAwait(false);
        await _stream.EndAsync().ConfigureAwait(false);
        using var limit = new CancellationTokenSource(GoodbyeLimit, TimeProvider.System);
        try
        {
            await _connection.DeleteAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or KmException)
        {
            // The server forgets the session by itself.
        }
    }

    private async Task ReadInputAsync(CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(_input);
        while (true)
        {
            // A read of standard input cannot be cancelled: it is left behind.
            var read = await reader.ReadAsync(CancellationToken.None).AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
            var rest = read.Buffer;
            while (rest.PositionOf((byte)'\n') is { } end)
            {
                await TakeAsync(rest.Slice(0, end).ToArray(), cancellationToken).ConfigureAwait(false);
                rest = rest.Slice(rest.GetPosition(1, end));
            }

            if (read.IsCompleted)
            {
                await TakeAsync(rest.ToArray(), cancellationToken).ConfigureAwait(false);
                return;
            }

            reader.AdvanceTo(rest.Start, rest.End);
        }
    }

    /// <summary>
    /// Sends a message. The next one follows at once, except after a message that others depend on: the server must have taken those first.
    /// </summary>
    private async Task TakeAsync(byte[] line, CancellationToken cancellationToken)
    {
        var length = line.AsSpan().TrimEnd("\r "u8).Length;
        if (length == 0)
            return;
        var message = ClientMessage.Read(line.AsMemory(0, length), _tools);
        _session.Add(Channel.Inbound, message.Line.Span);

        // Since 2026-07-28 a request is cancelled by closing its stream.
        if (message.Cancels is { } id && message.Version is not null)
        {
            _pending.Cancel(id);
            return;
        }

        var sending = SendAsync(message, cancellationToken);
        if (_open.FirstOrDefault(task => task.IsFaulted) is { } failed)
            await failed.ConfigureAwait(false);
        _open.RemoveWhere(task => task.IsCompleted);

        // A subscription has no end of its own.
        if (message.Facts.Method != "subscriptions/listen")
            _open.Add(sending);
        if (message.IsInitialize || !message.Facts.IsRequest)
            await sending.ConfigureAwait(false);
        if (message.Facts.Method == "notifications/initialized" && message.Version is null)
            _stream.StartListening(cancellationToken);
    }

    private async Task SendAsync(ClientMessage message, CancellationToken cancellationToken)
    {
        using var cancelling = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (message.Facts.IsRequest)
            _pending.Add(message, cancelling);
        try
        {
            using var response = await PostAsync(message, cancelling.Token, cancellationToken).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
                await RefusedAsync(message, response, cancelling.Token).ConfigureAwait(false);
            else if (!await _answers.ReadAsync(response, message, cancelling.Token).ConfigureAwait(false) && !_stream.MayAnswer)
                _faults.Lost(message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The client has cancelled it.
        }
        catch (HttpRequestException e)
        {
            _faults.Unreachable(message, e);
        }
        catch (KmException e)
        {
            _faults.NotSignedIn(message, e.Error);
        }
    }

    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <param name="over">Ends the session.</param>
    private async Task<HttpResponseMessage> PostAsync(ClientMessage message, CancellationToken cancellationToken, CancellationToken over)
    {
        var response = await _connection.PostAsync(message, cancellationToken).ConfigureAwait(false);

        // As the specification says for clients of servers of version 2024-11-05.
        if (
            !message.IsInitialize
            || response.StatusCode is not (HttpStatusCode.BadRequest or HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed)
            || !await _stream.TryBeOlderAsync(over).ConfigureAwait(false)
        )
            return response;
        response.Dispose();
        return await _connection.PostAsync(message, cancellationToken).ConfigureAwait(false);
    }

    private void FailAll()
    {
        foreach (var message in _pending.Messages)
            _faults.Lost(message);
    }

    private async Task RefusedAsync(ClientMessage message, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (
            message.Facts is { IsRequest: true, Id: { } id }
            && await _answers.TryPassErrorAsync(response, id, cancellationToken).ConfigureAwait(false)
        )
            return;
        _faults.Refused(message, response, isSession: _connection.SessionId is not null);
    }
}
