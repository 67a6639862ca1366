using System.Text.Json;
using Kilometers.Contracts;

namespace Kilometers.PluginHost.Control;

/// <summary>What a session answered.</summary>
/// <param name="Address">Where it is.</param>
/// <param name="Report">How it stands; null where it did not say.</param>
/// <param name="Error">Why it did not answer, or what it refused.</param>
internal sealed record SessionAnswer(ControlAddress Address, SessionReport? Report, KmError? Error)
{
    /// <summary>Whether it said anything at all.</summary>
    public bool IsAnswering => Error?.Code != ErrorCode.ControlNotAnswering;
}

/// <summary>Asks the running sessions of the user, all at once and none longer than a moment: one that hangs holds up nobody.</summary>
internal sealed class ControlClient(IControlTransport transport, TimeProvider time)
{
    /// <summary>After this a session whose process is stopped is waited for no longer.</summary>
    public static readonly TimeSpan StoppedLimit = TimeSpan.FromSeconds(1);

    /// <summary>How long a session may take to show itself: on a starved machine, whose sessions come first, it takes its time.</summary>
    public static readonly TimeSpan StatusLimit = TimeSpan.FromSeconds(3);

    /// <summary>The same where something is about to be done: passed over for being slow, it would go on as before.</summary>
    public static readonly TimeSpan PatientLimit = TimeSpan.FromSeconds(10);

    /// <summary>How long it may take to do something; a little longer than it allows itself.</summary>
    public static readonly TimeSpan ActLimit = ControlConversation.ActLimit + TimeSpan.FromSeconds(2);

    /// <summary>The client for this system.</summary>
    /// <param name="home">The user's directory of km.</param>
    /// <param name="time">The clock.</param>
    public static ControlClient Create(string home, TimeProvider time) => new(Transport(home), time);

    public static IControlTransport Transport(string home) =>
        OperatingSystem.IsWindows() ? new PipeControlTransport() : new UnixControlTransport(home);

    /// <summary>How all sessions stand, the oldest first.</summary>
    /// <param name="within">How long each may take, all at once.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KmException"><c>KM_CTL_001</c>: the place where they are is not safe.</exception>
    public async Task<IReadOnlyList<SessionAnswer>> StatusAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(
                Addresses()
                    .Select(address =>
                        AskAsync(
                            address,
                            new ControlRequest { Version = ControlProtocol.Version, Command = ControlProtocol.Status },
                            within,
                            cancellationToken
                        )
                    )
            )
            .ConfigureAwait(false);
        return [.. answers.OfType<SessionAnswer>().OrderBy(answer => answer.Address.Session, StringComparer.Ordinal)];
    }

    /// <summary>
    /// Looks whether this process may control sessions at all. Each session decides that for itself; but what changes the sessions to come, too,
    /// must not even begin.
    /// </summary>
    /// <exception cref="KmException"><c>KM_CTL_004</c>: it runs below a km.</exception>
    public void EnsureMayAct()
    {
        if (transport.Refuse(ControlPeer.Self) is { } refusal)
            throw new KmException(refusal);
    }

    /// <summary>Has a session do something.</summary>
    /// <returns>Null if the session has ended meanwhile.</returns>
    public Task<SessionAnswer?> ActAsync(
        ControlAddress address,
        ControlAction action,
        string plugin,
        CancellationToken cancellationToken
    ) =>
        AskAsync(
            address,
            new ControlRequest
            {
                Version = ControlProtocol.Version,
                Command = ControlProtocol.Name(action),
                Plugin = plugin,
            },
            ActLimit,
            cancellationToken
        );

    private IReadOnlyList<ControlAddress> Addresses()
    {
        try
        {
            return transport.List();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KmException(
                new KmError(
                    ErrorCode.ControlUnavailable,
                    "Cannot list running sessions",
                    e.Message,
                    "Make the directory your own and writable by nobody else."
                )
            );
        }
    }

    private async Task<SessionAnswer?> AskAsync(
        ControlAddress address,
        ControlRequest request,
        TimeSpan within,
        CancellationToken cancellationToken
    )
    {
        using var limit = new CancellationTokenSource(within, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var isStopped = false;
        var look = time.CreateTimer(
            _ =>
            {
                isStopped = transport.IsStopped(address);
                if (isStopped)
                    linked.Cancel();
            },
            null,
            StoppedLimit,
            Timeout.InfiniteTimeSpan
        );
        await using var looking = look.ConfigureAwait(false);
        try
        {
            var stream = await transport.ConnectAsync(address, linked.Token).ConfigureAwait(false);
            if (stream is null)
                return null;
            await using (stream.ConfigureAwait(false))
            {
                await stream
                    .WriteAsync(
                        (byte[])[.. JsonSerializer.SerializeToUtf8Bytes(request, ControlJsonContext.Default.ControlRequest), (byte)'\n'],
                        linked.Token
                    )
                    .ConfigureAwait(false);

                // Who closes without a word has ended: an answer always comes.
                return await ControlLine.ReadAsync(stream, ControlProtocol.MaxAnswer, linked.Token).ConfigureAwait(false) is { } line
                    ? Read(address, line.Span)
                    : null;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Silent(address, isStopped ? "Its process is stopped." : $"No answer within {within.TotalSeconds:0} s.", isStopped);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return Silent(address, e.Message);
        }
    }

    private static SessionAnswer Read(ControlAddress address, ReadOnlySpan<byte> line)
    {
        try
        {
            var answer = JsonSerializer.Deserialize(line, ControlJsonContext.Default.ControlAnswer)!;
            return new SessionAnswer(
                address,
                answer.Session,
                answer.Error ?? (answer.Version == ControlProtocol.Version ? null : ControlConversation.OtherVersion(answer.Version))
            );
        }
        catch (JsonException e)
        {
            return new SessionAnswer(
                address,
                null,
                new KmError(
                    ErrorCode.ControlVersion,
                    "The session's answer cannot be understood",
                    e.Message,
                    "Restart the session with the km that is installed now."
                )
            );
        }
    }

    private static SessionAnswer Silent(ControlAddress address, string why, bool isStopped = false) =>
        new(
            address,
            null,
            new KmError(
                ErrorCode.ControlNotAnswering,
                $"The session of km {address.Pid} does not answer",
                why,
                isStopped ? $"To let it go on: kill -CONT {address.Pid}" : $"Look at the process: ps -p {address.Pid}"
            )
        );
}
