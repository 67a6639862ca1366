using Grpc.Core;
using Kilometers.GoPlugin.Wire.Health;

namespace Kilometers.GoPlugin.Server.Serving;

/// <summary>go-plugin asks for the health of a service called <c>plugin</c>; the empty name stands for the whole server (gRPC health protocol).</summary>
internal sealed class HealthService(CancellationToken stopping) : Health.HealthBase
{
    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        if (!IsKnown(request))
            throw new RpcException(new Status(StatusCode.NotFound, "unknown service"));
        return Task.FromResult(Serving());
    }

    public override async Task Watch(
        HealthCheckRequest request,
        IServerStreamWriter<HealthCheckResponse> responseStream,
        ServerCallContext context
    )
    {
        var answer = IsKnown(request)
            ? Serving()
            : new HealthCheckResponse { Status = HealthCheckResponse.Types.ServingStatus.ServiceUnknown };
        await responseStream.WriteAsync(answer).ConfigureAwait(false);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stopping);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static bool IsKnown(HealthCheckRequest request) => request.Service is "" or "plugin";

    private static HealthCheckResponse Serving() => new() { Status = HealthCheckResponse.Types.ServingStatus.Serving };
}
