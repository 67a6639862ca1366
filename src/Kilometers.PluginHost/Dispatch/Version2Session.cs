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
    private bool _metadataOnly;

    public Version2Session(CallInvoker invoker, SessionFacts facts, TimeSpan callTimeout, TimeProvider time)
    {
        _client = new KilometersPlugin.KilometersPluginClient(invoker);
        _facts = facts;
        _callTimeout = callTimeout;
        _time = time;
    }

    public override async Task<PluginDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        var answer = await _client
            .DescribeAsync(new DescribeRequest { HostVersion = _facts.HostVersion }, Options(cancellationToken))
            .ConfigureAwait(false);
        return new PluginDescription(WireText.Cut(answer.Name), WireText.Cut(answer.Version), WireText.Cut(answer.RequiredTier));
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

    public override async Task<KmError?> InitializeAsync(
        string plugin,
        PluginConfiguration configuration,
        PluginQueue queue,
        CancellationToken cancellationToken
    )
    {
        var config = new PluginConfig
        {
            Color = _facts.Color,
            Debug = configuration.Settings.GetValueOrDefault("debug") is "1" or "true",
            ApiEndpoint = configuration.ApiEndpoint,
            StateDirectory = configuration.StateDirectory,
        };
        foreach (var (key, value) in configuration.Settings)
            config.Settings[key] = value;
        var request = new InitializeRequest
        {
            Session = new Session
            {
                Id = _facts.SessionId,
                ServerLabel = _facts.ServerLabel,
                Command = _facts.ServerCommand,
                HostVersion = _facts.HostVersion,
                StartedUnixTimeNs = WireMapping.UnixNanoseconds(_facts.Started),
            },
            Config = config,
        };
        var answer = await _client.InitializeAsync(request, Options(cancellationToken)).ConfigureAwait(false);
        if (!answer.Success)
            return new KmError(ErrorCode.PluginInitialize, $"Plugin '{plugin}' could not be initialized", WireText.Cut(answer.Error));
        if (answer.Interest is { } interest)
        {
            _metadataOnly = interest.MetadataOnly;
            queue.SetInterest(InterestFilter.From(interest), interest.MetadataOnly);
        }

        return null;
    }

    public override async Task DeliverAsync(PluginQueue queue, CancellationToken cancellationToken)
    {
        using var call = _client.Deliver(cancellationToken: cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var acknowledging = AcknowledgeAsync(call.ResponseStream, queue, stop);
        try
        {
            await SendAsync(call.RequestStream, queue, stop.Token).ConfigureAwait(false);
            await call.RequestStream.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The plugin ended the stream, or is gone; why, its answer tells. A write into a dying connection fails
            // with whatever the transport had at hand, a bare HttpIOException for one. If we end it, the answers end with it: what is
            // not acknowledged when this returns must stay so, because it goes to the plugin's next process.
        }

        await acknowledging.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
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

    private async Task SendAsync(IClientStreamWriter<Batch> stream, PluginQueue queue, CancellationToken cancellationToken)
    {
        var items = new List<ObservedItem>(MaxItems);
        while (await queue.WaitAsync(Window, cancellationToken).ConfigureAwait(false))
        {
            items.Clear();
            queue.Take(items, MaxItems, MaxWeight);

            // :: Step 7 — version 2: a batch now, its acknowledgement whenever the plugin is done with it.
            var batch = new Batch();
            foreach (var item in items)
                batch.Items.Add(WireMapping.ToWire(item, _facts, _metadataOnly));
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
                Failed = (long)acknowledgement.Failed;
                if (!queue.Acknowledge(acknowledgement.Sequence))
                    throw new RpcException(
                        new Status(StatusCode.FailedPrecondition, $"acknowledged item {acknowledgement.Sequence}, which was never sent")
                    );
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
