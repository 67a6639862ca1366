using System.Text;
using Grpc.Core;

namespace Kilometers.HostilePlugin;

/// <summary>Answers as it must, until the first messages come: then it acknowledges one that was never sent, and holds on to the stream.</summary>
internal static class FalseAcknowledgement
{
    public static Task<int> ServeAsync() => RawContract.ServeAsync(Service);

    private static ServerServiceDefinition Service() =>
        ServerServiceDefinition
            .CreateBuilder()
            .AddMethod(RawContract.Call("Describe"), Answer([.. Text(1, "hostile"), .. Text(2, "1.0.0"), .. Text(3, "Free")]))
            .AddMethod(RawContract.Call("Authenticate"), Answer([0x08, 1, .. Text(2, "Free")]))
            .AddMethod(RawContract.Call("Initialize"), Answer([0x08, 1]))
            .AddMethod(RawContract.Call("Deliver", MethodType.DuplexStreaming), DeliverAsync)
            .AddMethod(RawContract.Call("Shutdown"), Answer([]))
            .Build();

    private static async Task DeliverAsync(
        IAsyncStreamReader<byte[]> batches,
        IServerStreamWriter<byte[]> acknowledgements,
        ServerCallContext context
    )
    {
        await batches.MoveNext(context.CancellationToken);
        await acknowledgements.WriteAsync([0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], context.CancellationToken);
        await Task.Delay(Timeout.Infinite, context.CancellationToken);
    }

    private static UnaryServerMethod<byte[], byte[]> Answer(byte[] message) => (_, _) => Task.FromResult(message);

    /// <summary>A field of text, as Protocol Buffers write it.</summary>
    private static byte[] Text(int field, string text) => [(byte)((field << 3) | 2), (byte)text.Length, .. Encoding.ASCII.GetBytes(text)];
}
