using System.Text.Json;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;

namespace Kilometers.PluginHost.Control;

/// <summary>The session's side of one connection: a line in, a line out, all of it bounded in time and size. Nothing a peer does is an error here.</summary>
internal sealed class ControlConversation(ISessionControl session, TimeProvider time)
{
    /// <summary>How long a peer may take to ask; it has its question ready when it connects.</summary>
    public static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(2);

    /// <summary>How long an action may take: a plugin's start has 30 s.</summary>
    public static readonly TimeSpan ActLimit = TimeSpan.FromSeconds(40);

    /// <summary>How long a peer may take to take its answer.</summary>
    public static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    /// <summary>Hears one question and answers it.</summary>
    /// <param name="stream">The peer; stays open.</param>
    /// <param name="peer">Who it is.</param>
    /// <param name="refusal">Why it may not ask; null if it may.</param>
    /// <param name="cancellationToken">The session ends.</param>
    public async Task ServeAsync(Stream stream, ControlPeer peer, KmError? refusal, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await ReadRequestAsync(stream, peer, refusal, cancellationToken).ConfigureAwait(false);
            if (answer is null)
                return;
            using var limit = Limit(AnswerLimit, cancellationToken);
            await stream
                .WriteAsync(
                    (byte[])[.. JsonSerializer.SerializeToUtf8Bytes(answer, ControlJsonContext.Default.ControlAnswer), (byte)'\n'],
                    limit.Token
                )
                .ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // It went away, or its time is up.
        }
    }

    /// <returns>Null where nobody waits for an answer.</returns>
    private async Task<ControlAnswer?> ReadRequestAsync(
        Stream stream,
        ControlPeer peer,
        KmError? refusal,
        CancellationToken cancellationToken
    )
    {
        ControlRequest? request;
        try
        {
            using var limit = Limit(AskLimit, cancellationToken);
            if (await ControlLine.ReadAsync(stream, ControlProtocol.MaxRequest, limit.Token).ConfigureAwait(false) is not { } line)
                return null;
            if (refusal is not null)
                return Refuse(refusal);
            request = JsonSerializer.Deserialize(line.Span, ControlJsonContext.Default.ControlRequest);
        }
        catch (InvalidDataException e)
        {
            return Refuse(Malformed(e.Message));
        }
        catch (JsonException)
        {
            return Refuse(Malformed("It is not JSON of the known form."));
        }

        if (request?.Version != ControlProtocol.Version)
            return Refuse(OtherVersion(request?.Version ?? 0));
        try
        {
            if (request.Command == ControlProtocol.Status)
                return new ControlAnswer { Version = ControlProtocol.Version, Session = session.Report() };
            if (ControlProtocol.Action(request.Command) is not { } action)
                return Refuse(Malformed("There is no such command."));
            if (request.Plugin is not { } plugin || !PluginName.IsValid(plugin))
                return Refuse(Malformed("It names no plugin."));
            using var limit = Limit(ActLimit, cancellationToken);
            return Refuse(await session.ActAsync(action, plugin, peer, limit.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            return cancellationToken.IsCancellationRequested
                ? null
                : Refuse(
                    new KmError(
                        ErrorCode.ControlNotAnswering,
                        "It took too long",
                        $"Not done within {ActLimit.TotalSeconds:0} s.",
                        "See: km plugins status"
                    )
                );
        }
        catch (Exception e)
        {
            return Refuse(
                new KmError(
                    ErrorCode.Internal,
                    "Something that should not happen happened in the session's km",
                    e.Message,
                    "Please report this."
                )
            );
        }
    }

    private static ControlAnswer Refuse(KmError? error) => new() { Version = ControlProtocol.Version, Error = error };

    private static KmError Malformed(string why) =>
        new(ErrorCode.ControlRequest, "The session does not understand the request", why, "Are both km of the same version?");

    /// <summary>Both sides say it in the same words.</summary>
    public static KmError OtherVersion(int version) =>
        new(
            ErrorCode.ControlVersion,
            "The session's km speaks another version of the control protocol",
            $"The other side uses version {version}; this one uses {ControlProtocol.Version}.",
            "Restart the session with the km that is installed now."
        );

    private LinkedLimit Limit(TimeSpan limit, CancellationToken cancellationToken) => new LinkedLimit(limit, time, cancellationToken);

    /// <summary>Cancelled by time or by the session's end.</summary>
    private sealed class LinkedLimit : CancellationTokenSource
    {
        private readonly CancellationTokenRegistration _registration;

        public LinkedLimit(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
            : base(limit, time) => _registration = cancellationToken.Register(Cancel);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _registration.Dispose();
            base.Dispose(disposing);
        }
    }
}
