using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Kilometers.Contracts;
using Kilometers.Monitoring.JsonRpc;
using Kilometers.Monitoring.Observation;
using Kilometers.PluginHost.Authorization;
using Kilometers.Wire.V1;

namespace Kilometers.PluginHost.Dispatch;

/// <summary>Contract version 1: one unary call per item, one at a time, in order.</summary>
internal sealed class Version1Session : PluginSession
{
    private static readonly Wire.V1.Empty Nothing = new();
    private readonly KilometersPlugin.KilometersPluginClient _client;
    private readonly SessionFacts _facts;
    private readonly TimeSpan _callTimeout;
    private readonly TimeProvider _time;

    public Version1Session(CallInvoker invoker, SessionFacts facts, TimeSpan callTimeout, TimeProvider time)
    {
        _client = new KilometersPlugin.KilometersPluginClient(invoker);
        _facts = facts;
        _callTimeout = callTimeout;
        _time = time;
    }

    public override async Task<SelfDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        var name = await _client.GetNameAsync(Nothing, Options(cancellationToken)).ConfigureAwait(false);
        var version = await _client.GetVersionAsync(Nothing, Options(cancellationToken)).ConfigureAwait(false);
        var tier = await _client.GetRequiredTierAsync(Nothing, Options(cancellationToken)).ConfigureAwait(false);
        return new SelfDescription(WireText.Cut(name.Value), WireText.Cut(version.Value), WireText.Cut(tier.Value));
    }

    public override async Task<KmError?> AuthenticateAsync(string plugin, EntitlementView view, CancellationToken cancellationToken)
    {
        // Version 1 knows keys only, and a plugin never gets the customer's key: a plugin that needs more than the Free tier speaks version 2.
        var answer = await _client.AuthenticateAsync(new AuthenticateRequest(), Options(cancellationToken)).ConfigureAwait(false);
        return answer is { Success: true, AuthResponse.Authorized: true }
            ? null
            : new KmError(ErrorCode.PluginDenied, $"Plugin '{plugin}' denied authorization", WireText.Cut(answer.Error));
    }

    public override async Task<PluginAnswer> InitializeAsync(string plugin, PluginSetup configuration, CancellationToken cancellationToken)
    {
        var request = new InitializeRequest
        {
            Config = new PluginConfig { Debug = configuration.Settings.GetValueOrDefault("debug") is "1" or "true" },
        };
        var answer = await _client.InitializeAsync(request, Options(cancellationToken)).ConfigureAwait(false);
        return new PluginAnswer(answer.Success ? null : NotInitialized(plugin, answer.Error));
    }

    protected override async Task DeliverAsync(PluginQueue queue, bool metadataOnly, CancellationToken cancellationToken)
    {
        var items = new List<ObservedItem>(1);
        while (await queue.WaitAsync(long.MaxValue, cancellationToken).ConfigureAwait(false))
        {
            // :: Step 7 — version 1: the answer is the acknowledgement.
            items.Clear();
            queue.Take(items, 1, long.MaxValue);
            await SendAsync(items[0], cancellationToken).ConfigureAwait(false);
            queue.Acknowledge(items[0].Sequence);
        }
    }

    public override async Task ShutdownAsync(TimeSpan within, CancellationToken cancellationToken) =>
        await _client
            .ShutdownAsync(new ShutdownRequest(), new CallOptions(deadline: Deadline(within), cancellationToken: cancellationToken))
            .ConfigureAwait(false);

    private async Task SendAsync(ObservedItem item, CancellationToken cancellationToken)
    {
        try
        {
            var success = item switch
            {
                ObservedMessage message => (
                    await _client.HandleMessageAsync(ToWire(message), Call(cancellationToken)).ConfigureAwait(false)
                ).Success,
                ObservedError error => (
                    await _client
                        .HandleErrorAsync(
                            new HandleErrorRequest { ErrorMessage = error.Message, ErrorType = error.Type },
                            Call(cancellationToken)
                        )
                        .ConfigureAwait(false)
                ).Success,
                ObservedEvent occurrence => (
                    await _client.HandleStreamEventAsync(ToWire(occurrence), Call(cancellationToken)).ConfigureAwait(false)
                ).Success,
                _ => true,
            };
            if (!success)
                Failed++;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.ResourceExhausted)
        {
            // A Go plugin takes no more than 4 MiB at a time unless it was told to: that message fails, not the plugin.
            TooLarge++;
        }
        catch (RpcException e) when (e.StatusCode is not (StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled))
        {
            Failed++;
        }
    }

    private HandleMessageRequest ToWire(ObservedMessage message) =>
        new()
        {
            Data = UnsafeByteOperations.UnsafeWrap(message.Payload),
            Direction = message.Direction == Direction.Inbound ? "inbound" : "outbound",
            CorrelationId = WireText.CorrelationId(_facts.SessionId, message.Exchange.Number),
        };

    private HandleStreamEventRequest ToWire(ObservedEvent occurrence)
    {
        var wire = new StreamEvent
        {
            Type = occurrence.Type,
            Timestamp = Timestamp.FromDateTimeOffset(_facts.Started + occurrence.SessionTime),
        };
        foreach (var (key, value) in occurrence.Data)
            wire.Data[key] = value;
        return new HandleStreamEventRequest { Event = wire };
    }

    /// <summary>A handler may take its time: who is too slow is found out by what stays unacknowledged, as in version 2.</summary>
    private static CallOptions Call(CancellationToken cancellationToken) => new(cancellationToken: cancellationToken);

    private CallOptions Options(CancellationToken cancellationToken) =>
        new(deadline: Deadline(_callTimeout), cancellationToken: cancellationToken);

    private DateTime Deadline(TimeSpan within) => (_time.GetUtcNow() + within).UtcDateTime;
}
