using System.Text;
using Grpc.Core;
using Kilometers.GoPlugin.Server;

namespace Kilometers.HostilePlugin;

/// <summary>Answers as it must, until the first messages come: then it acknowledges one that was never sent, and holds on to the stream.</summary>
internal static class FalseAcknowledgement
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create<byte[]>(value => value, value => value);

    public static Task<int> ServeAsync() => GoPluginServer.RunAsync(new GoPluginServerOptions
    {
        CookieKey = "KILOMETERS_PLUGIN",
        CookieValue = "kilometers_monitoring_plugin",
        Contracts = new Dictionary<int, Func<GoPluginContext, IEnumerable<ServerServiceDefinition>>> { [2] = _ => [Service()] },
    });

    private static ServerServiceDefinition Service() => ServerServiceDefinition.CreateBuilder()
        .AddMethod(Unary("Describe"), Answer([.. Text(1, "hostile"), .. Text(2, "1.0.0"), .. Text(3, "Free")]))
        .AddMethod(Unary("Authenticate"), Answer([0x08, 1, .. Text(2, "Free")]))
        .AddMethod(Unary("Initialize"), Answer([0x08, 1]))
        .AddMethod(new Method<byte[], byte[]>(MethodType.DuplexStreaming, "kilometersplugin.v2.KilometersPlugin", "Deliver", Bytes, Bytes), DeliverAsync)
        .AddMethod(Unary("Shutdown"), Answer([]))
        .Build();

    private static async Task DeliverAsync(IAsyncStreamReader<byte[]> batches, IServerStreamWriter<byte[]> acknowledgements, ServerCallContext context)
    {
        await batches.MoveNext(context.CancellationToken);
        await acknowledgements.WriteAsync([0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], context.CancellationToken);
        await Task.Delay(Timeout.Infinite, context.CancellationToken);
    }

    private static Method<byte[], byte[]> Unary(string name) => new(MethodType.Unary, "kilometersplugin.v2.KilometersPlugin", name, Bytes, Bytes);

    private static UnaryServerMethod<byte[], byte[]> Answer(byte[] message) => (_, _) => Task.FromResult(message);

    /// <summary>A field of text, as Protocol Buffers write it.</summary>
    private static byte[] Text(int field, string text) => [(byte)((field << 3) | 2), (byte)text.Length, .. Encoding.ASCII.GetBytes(text)];
}
