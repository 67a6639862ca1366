using System.Text;
using Grpc.Core;

namespace Kilometers.HostilePlugin;

/// <summary>Answers one call with more than may be, and all others as it must: <c>large CALL</c> with 400 MB, <c>text CALL</c> with a text
/// that just fits.</summary>
internal sealed class LargeAnswer(string how, string call)
{
    private const int Large = 400 << 20;
    private const int JustFitting = (1 << 20) - 100;

    public Task<int> ServeAsync() =>
        RawContract.ServeAsync(() =>
            ServerServiceDefinition
                .CreateBuilder()
                .AddMethod(
                    RawContract.Call("Describe"),
                    Answer("Describe", 1, [.. Text(1, "hostile"), .. Text(2, "1.0.0"), .. Text(3, "Free")])
                )
                .AddMethod(RawContract.Call("Authenticate"), Answer("Authenticate", 6, [0x08, 1, .. Text(2, "Free")]))
                .AddMethod(RawContract.Call("Initialize"), Answer("Initialize", 2, [0x08, 1]))
                .AddMethod(RawContract.Call("Deliver", MethodType.DuplexStreaming), DeliverAsync)
                .AddMethod(RawContract.Call("Shutdown"), Answer("Shutdown", 1, []))
                .Build()
        );

    private async Task DeliverAsync(
        IAsyncStreamReader<byte[]> batches,
        IServerStreamWriter<byte[]> acknowledgements,
        ServerCallContext context
    )
    {
        await batches.MoveNext(context.CancellationToken);
        if (call == "Deliver")
            await acknowledgements.WriteAsync(new byte[Large], context.CancellationToken);
        await Task.Delay(Timeout.Infinite, context.CancellationToken);
    }

    /// <param name="name">The call.</param>
    /// <param name="field">Its field of text. Alone it fails the call: what else a call must say is missing.</param>
    /// <param name="proper">What it answers where it is not to misbehave.</param>
    private UnaryServerMethod<byte[], byte[]> Answer(string name, int field, byte[] proper) =>
        (_, _) =>
            Task.FromResult(
                name != call ? proper
                : how == "large" ? new byte[Large]
                : Text(field, new string('x', JustFitting))
            );

    /// <summary>A field of text, as Protocol Buffers write it.</summary>
    private static byte[] Text(int field, string text)
    {
        List<byte> bytes = [(byte)((field << 3) | 2)];
        var length = text.Length;
        for (; length > 127; length >>= 7)
            bytes.Add((byte)(length | 128));
        return [.. bytes, (byte)length, .. Encoding.ASCII.GetBytes(text)];
    }
}
