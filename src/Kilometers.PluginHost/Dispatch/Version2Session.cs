using Google.Protobuf;
using Grpc.Core;
using Kilometers.Contracts;
using Kilometers.Monitoring.Observation;
using Kilometers.PluginHost.Authorization;
using Kilometers.Wire.V2;

namespace Kilometers.PluginHost.Dispatch;

/// <summary>Contract version 2: one ordered stream of batches, acknowledged cumulatively.</summary>
internal sealed class Version2Session : PluginSession
{
    private const int MaxItems = 1024;
    private const long MaxWeight = 512 * 1024;
    private const long Window = 8 * 1024 * 1024;

    /// <summary>After a batch, the next is sent when it is full or this has passed: many small batches would take a core from the session.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(5);

    private readonly KilometersPlugin.KilometersPluginClient _client;
    private readonly SessionFacts _facts;
    private readonly TimeSpan _callTimeout;
    private readonly TimeProvider _time;

    public Version2Session(CallInvoker invoker, SessionFacts facts, TimeSpan callTimeout, TimeProvider time)
    {
        _client = new KilometersPlugin.KilometersPluginClient(invoker);
        _facts = facts;
        _callTimeout = callTimeout;
        _time = time;
    }

    /// <summary>Takes what the plugin prints for the person at this session's terminal.</summary>
    public required Action<ReadOnlyMemory<byte>> Printed { get; init; }

    /// <summary>What the session has to do with others; null: the process is its own.</summary>
    public SharedDelivery? Sharing { get; init; }

    public override async Task<SelfDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        var answer = await _client
            .DescribeAsync(new DescribeRequest { HostVersion = _facts.HostVersion }, Options(cancellationToken))
            .ConfigureAwait(false);
        return new SelfDescription(
            WireText.Cut(answer.Name),
            WireText.Cut(answer.Version),
            WireText.Cut(answer.RequiredTier),
            answer.ServesSessions,
            answer.Intercepts
        );
    }

    public override async Task<KmError?> AuthenticateAsync(string plugin, EntitlementView view, CancellationToken cancellationToken)
    {
        var request = new AuthenticateRequest
        {
            Entitlement = view.Text,
            Nonce = view.Token is { } token ? ByteString.FromBase64(token.Nonce) : ByteString.Empty,
            HostUnixTimeMs = _time.GetUtcNow().ToUnixTimeMilliseconds(),
        };
        var answer = await _client.AuthenticateAsync(request, Options(cancellationToken)).ConfigureAwait(false);
        return answer.Authorization == Wire.V2.Authorization.Granted
            ? null
            : new KmError(
                WireText.IsErrorCode(answer.ErrorCode) ? answer.ErrorCode : ErrorCode.PluginDenied,
                $"Plugin '{plugin}' denied authorization",
                WireText.Cut(answer.Error)
            );
    }

    public override async Task<PluginAnswer> InitializeAsync(string plugin, PluginSetup configuration, CancellationToken cancellationToken)
    {
        var config = new PluginConfig
        {
            Color = Sharing is null && _facts.Color,
            Debug = configuration.Settings.GetValueOrDefault("debug") is "1" or "true",
            ApiEndpoint = configuration.ApiEndpoint,
            StateDirectory = configuration.StateDirectory,
        };
        foreach (var (key, value) in configuration.Settings)
            config.Settings[key] = value;
        var request = new InitializeRequest { Session = Sharing is null ? WireMapping.ToWire(_facts) : null, Config = config };
        var answer = await _client.InitializeAsync(request, Options(cancellationToken)).ConfigureAwait(false);
        if (!answer.Success)
            return new PluginAnswer(NotInitialized(plugin, answer.Error));
        return answer.Interest is { } interest
            ? new PluginAnswer(null, InterestFilter.From(interest), interest.MetadataOnly)
            : new PluginAnswer(null);
    }

    protected override async Task DeliverAsync(PluginQueue queue, bool metadataOnly, CancellationToken cancellationToken)
    {
        using var call = _client.Deliver(cancellationToken: cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var acknowledging = AcknowledgeAsync(call.ResponseStream, queue, stop);
        var isSent = false;
        Sharing?.Gate.Enter(queue);
        try
        {
            await SendAsync(call.RequestStream, queue, metadataOnly, stop.Token).ConfigureAwait(false);
            await call.RequestStream.CompleteAsync().ConfigureAwait(false);
            isSent = true;
        }
        catch (Exception)
        {
            // The plugin ended the stream, or is gone; why, its answer tells. A write into a dying connection fails
            // with whatever the transport had at hand, a bare HttpIOException for one. If we end it, the answers end with it: what is
            // not acknowledged when this returns must stay so, because it goes to the plugin's next process.
        }

        try
        {
            await acknowledging.ConfigureAwait(false);
        }
        catch (RpcException) when (isSent && Sharing is not null && queue.IsDone)
        {
            // It has handled everything; that it fails while it puts the session away concerns nobody.
        }
        finally
        {
            Sharing?.Gate.Leave(queue);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    public override async Task<PluginVerdict> InterceptAsync(HeldCall request, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var asked = new InterceptRequest
        {
            SessionId = _facts.SessionId,
            Message = WireMapping.ToWire(request, _time.GetUtcNow()),
            DeadlineMs = (uint)deadline.TotalMilliseconds,
        };
        var answer = await _client.InterceptAsync(asked, cancellationToken: cancellationToken).ConfigureAwait(false);
        return new PluginVerdict(
            answer.Verdict switch
            {
                Verdict.Allow => VerdictKind.Allow,
                Verdict.Deny => VerdictKind.Deny,
                Verdict.ReplaceResult => VerdictKind.ReplaceResult,
                _ => VerdictKind.None,
            },
            WireText.Cut(answer.Reason)
        );
    }

    public override async Task ShutdownAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        var request = new ShutdownRequest { Reason = "session ended", DeadlineMs = (uint)within.TotalMilliseconds };
        await _client
            .ShutdownAsync(
                request,
                new CallOptions(deadline: (_time.GetUtcNow() + within).UtcDateTime, cancellationToken: cancellationToken)
            )
            .ConfigureAwait(false);
    }

    private async Task SendAsync(
        IClientStreamWriter<Batch> stream,
        PluginQueue queue,
        bool metadataOnly,
        CancellationToken cancellationToken
    )
    {
        var items = new List<ObservedItem>(MaxItems);
        void Take() => queue.Take(items, MaxItems, MaxWeight);
        if (Sharing is not null)
            await stream.WriteAsync(new Batch { Session = WireMapping.ToWire(_facts) }, cancellationToken).ConfigureAwait(false);
        while (await queue.WaitAsync(Window, cancellationToken).ConfigureAwait(false))
        {
            items.Clear();
            if (Sharing is { } sharing)
                await sharing.Gate.TakeAsync(queue, Take, cancellationToken).ConfigureAwait(false);
            else
                Take();

            // :: Step 7 — version 2: a batch now, its acknowledgement whenever the plugin is done with it.
            var batch = new Batch();
            foreach (var item in items)
                batch.Items.Add(WireMapping.ToWire(item, _facts, metadataOnly));
            await stream.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
            await LingerAsync(queue, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task LingerAsync(PluginQueue queue, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var full = queue.WaitForBatchAsync(MaxItems, MaxWeight, limit.Token);
        if (full.IsCompletedSuccessfully)
            return;
        await Task.WhenAny(full, Task.Delay(Linger, _time, limit.Token)).ConfigureAwait(false);
        await limit.CancelAsync().ConfigureAwait(false);
        try
        {
            await full.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task AcknowledgeAsync(IAsyncStreamReader<Acknowledgement> stream, PluginQueue queue, CancellationTokenSource stop)
    {
        try
        {
            await foreach (var acknowledgement in stream.ReadAllAsync(stop.Token).ConfigureAwait(false))
            {
                if (acknowledgement.Refused.Length > 0)
                    throw new KmException(NotInitialized(Sharing?.Plugin ?? "", acknowledgement.Refused));
                Failed = (long)acknowledgement.Failed;
                if (!acknowledgement.Output.IsEmpty)
                    Printed(acknowledgement.Output.Memory);
                if (!queue.Acknowledge(acknowledgement.Sequence))
                    throw new RpcException(
                        new Status(StatusCode.FailedPrecondition, $"acknowledged item {acknowledgement.Sequence}, which was never sent")
                    );
                Sharing?.Gate.Acknowledged();
            }

            if (!queue.IsDone)
                throw new RpcException(new Status(StatusCode.FailedPrecondition, "ended the stream before it had acknowledged everything"));
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
        }
    }

    private CallOptions Options(CancellationToken cancellationToken) =>
        new(deadline: (_time.GetUtcNow() + _callTimeout).UtcDateTime, cancellationToken: cancellationToken);
}
