using System.Net;
using Kilometers.Contracts;

namespace Kilometers.Http.Bridge;

/// <summary>
/// The stream on which a server sends what is not an answer (GET, until 2025-11-25), or everything (2024-11-05). It is opened again when it
/// breaks.
/// </summary>
/// <param name="connection">The server.</param>
/// <param name="answers">Writes what it sends.</param>
/// <param name="time">The clock.</param>
internal sealed class ServerStream(ServerConnection connection, AnswerReader answers, TimeProvider time)
{
    private static readonly TimeSpan MaxRetry = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan EndpointLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(20);

    private readonly TaskCompletionSource<bool> _endpoint = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _listening = Task.CompletedTask;
    private bool _hasStarted;

    /// <summary>Called when the server can no longer answer, because it did so on this stream.</summary>
    public Action Lost { get; init; } = () => { };

    /// <summary>Whether answers may still come on this stream.</summary>
    public bool MayAnswer => IsOlder && !_listening.IsCompleted;

    /// <summary>Whether the server speaks version 2024-11-05, and answers on this stream.</summary>
    private bool IsOlder { get; set; }

    /// <summary>The server has named the place for messages.</summary>
    public void TakeEndpoint(string address) => _endpoint.TrySetResult(connection.TryUseEndpoint(address));

    /// <summary>Opens the stream, as a client of 2024-11-05 does.</summary>
    /// <returns>Whether the server is one of that version.</returns>
    public async Task<bool> TryBeOlderAsync(CancellationToken cancellationToken)
    {
        if (IsOlder)
            return false;
        var response = await connection.ListenAsync(null, cancellationToken).ConfigureAwait(false);
        if (response is not { StatusCode: HttpStatusCode.OK, Content.Headers.ContentType.MediaType: "text/event-stream" })
        {
            response.Dispose();
            return false;
        }

        (IsOlder, _hasStarted) = (true, true);
        _listening = ReadOlderAsync(response, cancellationToken);
        try
        {
            return await _endpoint.Task.WaitAsync(EndpointLimit, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            IsOlder = false;
            return false;
        }
    }

    /// <summary>Opens the stream, if the server has one.</summary>
    public void StartListening(CancellationToken cancellationToken)
    {
        if (_hasStarted)
            return;
        _hasStarted = true;
        _listening = ListenAsync(cancellationToken);
    }

    /// <summary>Where the answers come on this stream: waits until all have come, or none can.</summary>
    public async Task WaitUntilAnsweredAsync(PendingRequests pending, CancellationToken cancellationToken)
    {
        while (MayAnswer && pending.Messages.Count > 0)
            await Task.WhenAny(_listening, Task.Delay(LookInterval, time, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Waits until it has ended; it must have been cancelled.</summary>
    public async Task EndAsync() => await _listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task ReadOlderAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using (response)
            await AnswerReader.ReadEventsAsync(response, answers.Parser(), cancellationToken).ConfigureAwait(false);
        _endpoint.TrySetResult(false);
        Lost();
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        var parser = answers.Parser();
        for (var failures = 0; ; failures++)
        {
            try
            {
                using var response = await connection.ListenAsync(parser.LastEventId, cancellationToken).ConfigureAwait(false);
                if (response.StatusCode is HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotFound or HttpStatusCode.BadRequest)
                    return;
                if (response is { IsSuccessStatusCode: true, Content.Headers.ContentType.MediaType: "text/event-stream" })
                {
                    failures = 0;
                    await AnswerReader.ReadEventsAsync(response, parser, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (Exception e) when (e is HttpRequestException or KmException)
            {
                // It restarts, perhaps.
            }

            var wait = (parser.Retry ?? AnswerReader.DefaultRetry) * Math.Pow(2, Math.Min(failures, 10));
            await Task.Delay(wait < MaxRetry ? wait : MaxRetry, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
