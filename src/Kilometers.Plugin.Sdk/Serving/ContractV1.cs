using System.Globalization;
using Grpc.Core;
using Kilometers.Plugin.Sdk.Authorization;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Wire.V1;
using StreamEvent = Kilometers.Plugin.Sdk.Observing.StreamEvent;

namespace Kilometers.Plugin.Sdk.Serving;

/// <summary>
/// Version 1 of the contract (proto/kilometers/plugin_v1.proto): unary calls of bare bytes. A plugin's failure travels in the answer,
/// not as a status. What version 2's host says about a message, the SDK finds out itself.
/// </summary>
internal sealed class ContractV1(PluginServer server) : Kilometers.Wire.V1.KilometersPlugin.KilometersPluginBase
{
    private readonly Observer _observer = new(TimeProvider.System);

    public override Task<StringResponse> GetName(Empty request, ServerCallContext context) => Answer(server.Plugin.Name);

    public override Task<StringResponse> GetVersion(Empty request, ServerCallContext context) => Answer(server.Plugin.Version);

    public override Task<StringResponse> GetRequiredTier(Empty request, ServerCallContext context) =>
        Answer(server.Plugin.RequiredTier.ToString());

    public override async Task<AuthenticateResponse> Authenticate(AuthenticateRequest request, ServerCallContext context)
    {
        var result = await server
            .AuthenticateAsync(new AuthenticationRequest { ApiKey = request.ApiKey }, context.CancellationToken)
            .ConfigureAwait(false);
        var response = new AuthResponse { Authorized = result.IsGranted, Features = { result.Entitlement.Features } };
        if (result.IsGranted)
            response.UserTier = result.Entitlement.Tier.ToString();
        if (result.Entitlement.ExpiresAt is { } end)
            response.ExpiresAt = end.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        // A denial is an answer, not a failure.
        return new()
        {
            Success = true,
            Error = result.Reason,
            AuthResponse = response,
        };
    }

    public override async Task<InitializeResponse> Initialize(InitializeRequest request, ServerCallContext context)
    {
        var config = request.Config ?? new PluginConfig();
        var error = await server
            .InitializeAsync(
                "",
                new SessionInfo { Id = Guid.CreateVersion7(_observer.Now).ToString(), StartedAt = _observer.Now },
                new PluginConfiguration
                {
                    ApiEndpoint = config.ApiEndpoint,
                    Debug = config.Debug,
                    ApiKey = config.ApiKey,
                },
                context.CancellationToken
            )
            .ConfigureAwait(false);
        return new() { Success = error is null, Error = error ?? "" };
    }

    public override async Task<HandleMessageResponse> HandleMessage(HandleMessageRequest request, ServerCallContext context)
    {
        var error = await InTurnAsync(context, token =>
            {
                var message = _observer.Observe(request.Data.Memory, request.Direction, request.CorrelationId);
                return Observer.Reduce(message, server.Plugin.Interest) is { } wanted
                    ? server.Single.HandleAsync(wanted, token)
                    : ValueTask.CompletedTask;
            })
            .ConfigureAwait(false);
        return new() { Success = error is null, Error = error ?? "" };
    }

    public override async Task<HandleErrorResponse> HandleError(HandleErrorRequest request, ServerCallContext context)
    {
        var observed = new ObservedError
        {
            Type = request.ErrorType,
            Message = request.ErrorMessage,
            Time = _observer.Now,
        };
        var error = await InTurnAsync(context, token => server.Single.HandleAsync(observed, token)).ConfigureAwait(false);
        return new() { Success = error is null, Error = error ?? "" };
    }

    public override async Task<HandleStreamEventResponse> HandleStreamEvent(HandleStreamEventRequest request, ServerCallContext context)
    {
        var wire = request.Event ?? new();
        var observed = new StreamEvent
        {
            Type = wire.Type,
            Time = wire.Timestamp is { } time
                ? WireTime.FromMilliseconds((Math.Clamp(time.Seconds, -1L << 40, 1L << 40) * 1000) + (time.Nanos / 1_000_000))
                : _observer.Now,
            Data = new Dictionary<string, string>(wire.Data),
        };
        var error = await InTurnAsync(context, token => server.Single.HandleAsync(observed, token)).ConfigureAwait(false);
        return new() { Success = error is null, Error = error ?? "" };
    }

    public override async Task<ShutdownResponse> Shutdown(ShutdownRequest request, ServerCallContext context)
    {
        var error = await server.ShutdownAsync(context.CancellationToken).ConfigureAwait(false);
        return new() { Success = error is null, Error = error ?? "" };
    }

    /// <returns>Why the handler failed, one line; null if it did not.</returns>
    private async Task<string?> InTurnAsync(ServerCallContext context, Func<CancellationToken, ValueTask> handle)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, server.Ending);
        try
        {
            using (await server.Single.TakeTurnAsync(end.Token).ConfigureAwait(false))
            {
                var before = server.Single.Failures;
                await handle(end.Token).ConfigureAwait(false);
                return server.Single.Failures == before ? null : server.Single.LastError;
            }
        }
        catch (OperationCanceledException)
        {
            return "the plugin is ending";
        }
    }

    private static Task<StringResponse> Answer(string value) => Task.FromResult(new StringResponse { Value = value });
}
