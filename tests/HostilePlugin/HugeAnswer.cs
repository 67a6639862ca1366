using System.Buffers;
using Grpc.Core;
using Kilometers.GoPlugin.Server;

namespace Kilometers.HostilePlugin;

/// <summary>Answers the first call, Describe, with a message that is announced as 4 GB long, the most that gRPC's prefix can say, and begins to send it.</summary>
internal static class HugeAnswer
{
    public static Task<int> ServeAsync() => GoPluginServer.RunAsync(new GoPluginServerOptions
    {
        CookieKey = "KILOMETERS_PLUGIN",
        CookieValue = "kilometers_monitoring_plugin",
        Contracts = new Dictionary<int, Func<GoPluginContext, IEnumerable<ServerServiceDefinition>>> { [2] = _ => [Service()] },
    });

    private static ServerServiceDefinition Service()
    {
        var bytes = Marshallers.Create<byte[]>(value => value, value => value);
        return ServerServiceDefinition.CreateBuilder()
            .AddMethod(new Method<byte[], byte[]>(MethodType.Unary, "kilometersplugin.v2.KilometersPlugin", "Describe", bytes, bytes), AnswerAsync)
            .Build();
    }

    private static async Task<byte[]> AnswerAsync(byte[] request, ServerCallContext context)
    {
        var response = context.GetHttpContext().Response;
        await response.StartAsync(context.CancellationToken);
        response.BodyWriter.Write((byte[])[0, 0xff, 0xff, 0xff, 0xff]);
        var part = new byte[1 << 20];
        while (true) await response.BodyWriter.WriteAsync(part, context.CancellationToken);
    }
}
