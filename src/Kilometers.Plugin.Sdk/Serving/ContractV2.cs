using Grpc.Core;
using Kilometers.Plugin.Sdk.Authorization;
using Kilometers.Plugin.Sdk.Intercepting;
using Kilometers.Wire.V2;

namespace Kilometers.Plugin.Sdk.Serving;

/// <summary>Version 2 of the contract (proto/kilometers/plugin_v2.proto): one ordered stream, acknowledged cumulatively.</summary>
internal sealed class ContractV2(PluginServer server) : Kilometers.Wire.V2.KilometersPlugin.KilometersPluginBase
{
    /// <summary>How long handlers may take, one after the other, before what is done is acknowledged within a batch.</summary>
    private const int MaxSilence = 50;

    private static readonly string SdkVersion =
        $"{typeof(ContractV2).Assembly.GetName().Name}/{typeof(ContractV2).Assembly.GetName().Version?.ToString(3)}";

    /// <summary>How long an instance may take to write out what it holds when its session ends.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(1.5);

    private volatile bool _initialized;
    private volatile bool _servesMany;
    private int _delivering;
    private string _hostVersion = "";

    public override Task<DescribeResponse> Describe(DescribeRequest request, ServerCallContext context)
    {
        var plugin = server.Plugin;
        _hostVersion = request.HostVersion;
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
                ServesSessions = server.ServesSessions,
                Intercepts = plugin is IInterceptor,
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
        _servesMany = request.Session is null && server.ServesSessions;
        var error = await server
            .InitializeAsync(
                _hostVersion,
                _servesMany ? null : FromWire.Session(request.Session ?? new()),
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
        if (_servesMany)
        {
            await DeliverToOneOfManyAsync(requestStream, responseStream, context).ConfigureAwait(false);
            return;
        }

        if (Interlocked.Exchange(ref _delivering, 1) == 1)
            throw new RpcException(new Status(StatusCode.FailedPrecondition, "A delivery is under way."));
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, server.Ending);
        var acknowledger = new Acknowledger(server.Single, responseStream, output: null, context.CancellationToken);
        try
        {
            await HandleAllAsync(server.Single, requestStream, null, acknowledger, null, end).ConfigureAwait(false);
        }
        finally
        {
            await acknowledger.DisposeAsync().ConfigureAwait(false);
            Volatile.Write(ref _delivering, 0);
        }
    }

    /// <summary>One session, beside others, from its first batch to the end of its instance.</summary>
    private async Task DeliverToOneOfManyAsync(
        IAsyncStreamReader<Batch> requestStream,
        IServerStreamWriter<Acknowledgement> responseStream,
        ServerCallContext context
    )
    {
        if (!await requestStream.MoveNext(context.CancellationToken).ConfigureAwait(false))
            return;
        var first = requestStream.Current;
        if (first.Session is not { } wire)
            throw new RpcException(new Status(StatusCode.InvalidArgument, "The first batch does not say which session it is of."));
        var output = new SessionOutput();
        await using var printing = output.ConfigureAwait(false);
        var session = server.Begin(FromWire.Session(wire), wire.Color, output);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, session.Ending);
        var acknowledger = new Acknowledger(session, responseStream, output, context.CancellationToken);
        output.Printed = acknowledger.Signal;
        string? refusal = null;
        try
        {
            refusal = await server.InitializeAsync(session, end.Token).ConfigureAwait(false);
            if (refusal is null)
                await HandleAllAsync(session, requestStream, first, acknowledger, output, end).ConfigureAwait(false);
        }
        finally
        {
            using (var limit = new CancellationTokenSource(EndLimit, TimeProvider.System))
                await server.EndAsync(session, limit.Token).ConfigureAwait(false);
            await acknowledger.DisposeAsync().ConfigureAwait(false);
        }

        if (refusal is not null)
            await responseStream.WriteAsync(new Acknowledgement { Refused = refusal }, context.CancellationToken).ConfigureAwait(false);
    }

    public override async Task<InterceptResponse> Intercept(InterceptRequest request, ServerCallContext context)
    {
        var deadline = TimeSpan.FromMilliseconds(request.DeadlineMs);
        var session = await server.FindAsync(request.SessionId, deadline, context.CancellationToken).ConfigureAwait(false);
        if (session is not { Plugin: IInterceptor interceptor })
            throw new RpcException(new Status(StatusCode.FailedPrecondition, "That session does not run, or nothing decides in it."));
        var message = request.Message ?? new Message();
        var verdict = await interceptor
            .InterceptAsync(
                new HeldRequest
                {
                    Method = message.Method,
                    Name = message.Name,
                    Id = message.Id,
                    Payload = message.Payload.Memory,
                    Deadline = deadline,
                },
                context.CancellationToken
            )
            .ConfigureAwait(false);
        return new()
        {
            Verdict = verdict.Kind switch
            {
                VerdictKind.Allow => Wire.V2.Verdict.Allow,
                VerdictKind.Deny => Wire.V2.Verdict.Deny,
                VerdictKind.ReplaceResult => Wire.V2.Verdict.ReplaceResult,
                _ => Wire.V2.Verdict.Unspecified,
            },
            Reason = verdict.Reason,
        };
    }

    public override async Task<ShutdownResponse> Shutdown(ShutdownRequest request, ServerCallContext context)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        if (request.DeadlineMs > 0)
            deadline.CancelAfter(TimeSpan.FromMilliseconds(request.DeadlineMs));
        var error = await server.ShutdownAsync(deadline.Token).ConfigureAwait(false);
        return new() { Success = error is null, Error = error ?? "" };
    }

    private static async Task HandleAllAsync(
        ServedSession session,
        IAsyncStreamReader<Batch> requestStream,
        Batch? first,
        Acknowledger acknowledger,
        SessionOutput? output,
        CancellationTokenSource end
    )
    {
        try
        {
            while (first is not null || await requestStream.MoveNext(end.Token).ConfigureAwait(false))
            {
                var batch = first ?? requestStream.Current;
                first = null;
                using (await session.TakeTurnAsync(end.Token).ConfigureAwait(false))
                    await HandleAsync(session, batch, acknowledger, output, end.Token).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
            when (end.IsCancellationRequested && exception is OperationCanceledException or IOException or RpcException)
        {
            // The host is gone, or it ended the plugin with messages still under way; those stay unacknowledged.
        }
    }

    private static async ValueTask HandleAsync(
        ServedSession session,
        Batch batch,
        Acknowledger acknowledger,
        SessionOutput? output,
        CancellationToken cancellationToken
    )
    {
        var signalled = Environment.TickCount64;
        output?.IsSentSoon = true;
        for (var index = 0; index < batch.Items.Count && !cancellationToken.IsCancellationRequested; index++)
        {
            var item = batch.Items[index];
            var handling = HandleAsync(session, item, cancellationToken);
            if (!handling.IsCompleted)
            {
                // What is done is acknowledged before a handler that takes its time: a plugin at work must not look frozen.
                output?.IsSentSoon = false;
                acknowledger.Signal();
                await handling.ConfigureAwait(false);
                output?.IsSentSoon = true;
            }

            // A handler that the end found at work may have left its message undone, also when it returned at once.
            if (cancellationToken.IsCancellationRequested)
                break;
            acknowledger.Handled(item.Sequence);
            if (output is not null)
                await output.RoomAsync(cancellationToken).ConfigureAwait(false);
            if (Environment.TickCount64 - signalled < MaxSilence)
                continue;
            acknowledger.Signal();
            signalled = Environment.TickCount64;
        }

        output?.IsSentSoon = false;
        acknowledger.Signal();
    }

    private static ValueTask HandleAsync(ServedSession session, Item item, CancellationToken cancellationToken) =>
        item.BodyCase switch
        {
            Item.BodyOneofCase.Message => session.HandleAsync(FromWire.Message(item.Sequence, item.Message), cancellationToken),
            Item.BodyOneofCase.Error => session.HandleAsync(FromWire.Error(item.Sequence, item.Error), cancellationToken),
            Item.BodyOneofCase.Event => session.HandleAsync(FromWire.Event(item.Sequence, item.Event), cancellationToken),
            // A kind of item that a newer host knows: passed over, and acknowledged.
            _ => ValueTask.CompletedTask,
        };
}
