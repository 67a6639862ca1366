using Grpc.Core;
using Kilometers.GoPlugin.Server;

namespace Kilometers.HostilePlugin;

/// <summary>The contract without the SDK: calls take and give bytes, and answer what they like.</summary>
internal static class RawContract
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create<byte[]>(value => value, value => value);

    public static Method<byte[], byte[]> Call(string name, MethodType type = MethodType.Unary) =>
        new(type, "kilometersplugin.v2.KilometersPlugin", name, Bytes, Bytes);

    public static Task<int> ServeAsync(Func<ServerServiceDefinition> service) =>
        GoPluginServer.RunAsync(
            new GoPluginServerOptions
            {
                CookieKey = "KILOMETERS_PLUGIN",
                CookieValue = "kilometers_monitoring_plugin",
                Contracts = new Dictionary<int, Func<GoPluginContext, IEnumerable<ServerServiceDefinition>>> { [2] = _ => [service()] },
            }
        );
}
