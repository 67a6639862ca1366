using Google.Protobuf;
using Grpc.Core;
using Kilometers.GoPlugin.Server.Stdio;
using Kilometers.GoPlugin.Wire;

namespace Kilometers.GoPlugin.Server.Serving;

/// <summary>Streams what the plugin printed to the host, until the plugin stops and the rest is out.</summary>
internal sealed class StdioService(StdioBuffer buffer) : GRPCStdio.GRPCStdioBase
{
    public override async Task StreamStdio(
        Google.Protobuf.WellKnownTypes.Empty request,
        IServerStreamWriter<StdioData> responseStream,
        ServerCallContext context
    )
    {
        try
        {
            while (await buffer.ReadAsync(context.CancellationToken).ConfigureAwait(false) is { } chunk)
            {
                await responseStream
                    .WriteAsync(
                        new StdioData
                        {
                            Channel =
                                chunk.Channel == StdioChannel.Output ? StdioData.Types.Channel.Stdout : StdioData.Types.Channel.Stderr,
                            Data = UnsafeByteOperations.UnsafeWrap(chunk.Data),
                        }
                    )
                    .ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The host went away or lost interest; a stream it opens later goes on where this one ended.
        }
        finally
        {
            buffer.Detach();
        }
    }
}
