// The plugin of the host-to-plugin bench: looks at every message and does nothing with it.
using Kilometers.Contracts;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Observing;

return await PluginServer.RunAsync(new BenchPlugin());

internal sealed class BenchPlugin : KilometersPlugin
{
    private long _bytes;

    public override string Name => "bench-plugin";

    public override string Version => "1.0.0";

    public override Tier RequiredTier => Tier.Free;

    public override ValueTask HandleMessageAsync(ObservedMessage message, CancellationToken cancellationToken)
    {
        _bytes += message.Payload.Length;
        return ValueTask.CompletedTask;
    }
}
