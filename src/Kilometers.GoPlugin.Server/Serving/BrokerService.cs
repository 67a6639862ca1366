using Grpc.Core;
using Kilometers.GoPlugin.Wire;

namespace Kilometers.GoPlugin.Server.Serving;

/// <summary>The wire of <see cref="GoPluginBroker"/>: both halves announce their listeners to each other on one stream.</summary>
internal sealed class BrokerService(GoPluginBroker broker, CancellationToken stopping) : GRPCBroker.GRPCBrokerBase
{
    public override async Task StartStream(
        IAsyncStreamReader<ConnInfo> requestStream,
        IServerStreamWriter<ConnInfo> responseStream,
        ServerCallContext context
    )
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stopping);
        var sending = SendAsync(responseStream, end.Token);
        try
        {
            while (await requestStream.MoveNext(end.Token).ConfigureAwait(false))
                broker.OnAnnounced(requestStream.Current);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or RpcException)
        {
            // The host is gone or the plugin stops.
        }
        await end.CancelAsync().ConfigureAwait(false);
        await sending.ConfigureAwait(false);
    }

    private async Task SendAsync(IServerStreamWriter<ConnInfo> responses, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var announcement in broker.Announcements.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                await responses.WriteAsync(announcement, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The stream ended.
        }
    }
}
