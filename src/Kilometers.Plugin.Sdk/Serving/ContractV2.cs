using Grpc.Core;
using Kilometers.Plugin.Sdk.Authorization;
using Kilometers.Wire.V2;

namespace Kilometers.Plugin.Sdk.Serving;

/// <summary>Version 2 of the contract (proto/kilometers/plugin_v2.proto): one ordered stream, acknowledged cumulatively.</summary>
internal sealed class ContractV2(PluginServer server) : Kilometers.Wire.V2.KilometersPlugin.KilometersPluginBase
{
    /// <summary>How long handlers may take, one after the other, before what is done is acknowledged within a batch.</summary>
    private const int MaxSilence = 50;

    private static readonly string SdkVersion =
        $"{typeof(ContractV2).Assembly.GetName().Name}/{typeof(ContractV2).Assembly.GetName().Version?.ToString(3)}";

    private volatile bool _initialized;
    private int _delivering;

    public override Task<DescribeResponse> Describe(DescribeRequest request, ServerCallContext context)
    {
        var plugin = server.Plugin;
        return Task.FromResult(
            new DescribeResponse
            {
                Name = plugin.Name,
                Version = plugin.Version,
                RequiredTier = plugin.RequiredTier.ToString(),
                Features = { plugin.Features },
                Delivery =
                    plugin.Delivery == Sdk.DeliveryWish.Guaranteed ? Wire.V2.DeliveryWish.Guaranteed : Wire.V2.DeliveryWish.BestEffort,
                SdkVersion = SdkVersion,
            }
        );
    }

    public override async Task<AuthenticateResponse> Authenticate(AuthenticateRequest request, ServerCallContext context)
    {
        var result = await server
            .AuthenticateAsync(
                new AuthenticationRequest
                {
                    EntitlementToken = request.Entitlement,
                    Nonce = request.Nonce.Memory,
                    HostTime = WireTime.FromMilliseconds(request.HostUnixTimeMs),
                },
                context.CancellationToken
            )
            .ConfigureAwait(false);
        return new()
        {
            Authorization = result.IsGranted ? Wire.V2.Authorization.Granted : Wire.V2.Authorization.Denied,
            Tier = result.IsGranted ? result.Entitlement.Tier.ToString() : "",
            Features = { result.Entitlement.Features },
            ExpiresUnixTimeMs = result.Entitlement.ExpiresAt?.ToUnixTimeMilliseconds() ?? 0,
            ErrorCode = result.ErrorCode,
            Error = result.Reason,
        };
    }

    public override async Task<InitializeResponse> Initialize(InitializeRequest request, ServerCallContext context)
    {
        var error = await server
            .InitializeAsync(
                FromWire.Session(request.Session ?? new()),
                FromWire.Configuration(request.Config ?? new()),
                context.CancellationToken
            )
            .ConfigureAwait(false);
        if (error is not null)
            return new() { Error = error };
        _initialized = true;
        return new() { Success = true, Interest = ToWire.Interest(server.Plugin.Interest) };
    }

    public override async Task Deliver(
        IAsyncStreamReader<Batch> requestStream,
        IServerStreamWriter<Acknowledgement> responseStream,
        ServerCallContext context
    )
    {
        if (!_initialized)
            throw new RpcException(new Status(StatusCode.FailedPrecondition, "Initialize has not succeeded yet."));
        if (Interlocked.Exchange(ref _delivering, 1) == 1)
            throw new RpcException(new Status(StatusCode.FailedPrecondition, "A delivery is under way."));
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, server.Ending);
        var acknowledger = new Acknowledger(server, responseStream, context.CancellationToken);
        try
        {
            while (await requestStream.MoveNext(end.Token).ConfigureAwait(false))
            {
                using (await server.TakeTurnAsync(end.Token).ConfigureAwait(false))
                    await HandleAsync(requestStream.Current, acknowledger, end.Token).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
            when (end.IsCancellationRequested && exception is OperationCanceledException or IOException or RpcException)
        {
            // The host is gone, or it ended the plugin with messages still under way; those stay unacknowledged.
        }
        finally
        {
            await acknowledger.DisposeAsync().ConfigureAwait(false);
            Volatile.Write(ref _delivering, 0);
        }
    }

    public override async Task<ShutdownResponse> Shutdown(ShutdownRequest request, ServerCallContext context)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        if (request.DeadlineMs > 0)
            deadline.CancelAfter(TimeSpan.FromMilliseconds(request.DeadlineMs));
        var error = await server.ShutdownAsync(deadline.Token).ConfigureAwait(false);
        return new() { Success = error is null, Error = error ?? "" };
    }

    private async ValueTask HandleAsync(Batch batch, Acknowledger acknowledger, CancellationToken cancellationToken)
    {
        var signalled = Environment.TickCount64;
        for (var index = 0; index < batch.Items.Count && !cancellationToken.IsCancellationRequested; index++)
        {
            var item = batch.Items[index];
            var handling = HandleAsync(item, cancellationToken);
            if (!handling.IsCompleted)
            {
                // What is done is acknowledged before a handler that takes its time: a plugin at work must not look frozen.
                acknowledger.Signal();
                await handling.ConfigureAwait(false);
                if (cancellationToken.IsCancellationRequested)
                    break;
            }
            acknowledger.Handled(item.Sequence);
            if (Environment.TickCount64 - signalled < MaxSilence)
                continue;
            acknowledger.Signal();
            signalled = Environment.TickCount64;
        }
        acknowledger.Signal();
    }

    private ValueTask HandleAsync(Item item, CancellationToken cancellationToken) =>
        item.BodyCase switch
        {
            Item.BodyOneofCase.Message => server.HandleAsync(FromWire.Message(item.Sequence, item.Message), cancellationToken),
            Item.BodyOneofCase.Error => server.HandleAsync(FromWire.Error(item.Sequence, item.Error), cancellationToken),
            Item.BodyOneofCase.Event => server.HandleAsync(FromWire.Event(item.Sequence, item.Event), cancellationToken),
            // A kind of item that a newer host knows: passed over, and acknowledged.
            _ => ValueTask.CompletedTask,
        };
}
