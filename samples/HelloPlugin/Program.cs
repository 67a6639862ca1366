// The smallest useful plugin: counts the messages per method and prints the sum at the end. An instance serves one session, and prints on its terminal.
using Kilometers.Contracts;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Observing;

return await PluginServer.RunSessionsAsync(() => new HelloPlugin());

internal sealed class HelloPlugin : KilometersPlugin
{
    private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);

    public override string Name => "hello";

    public override string Version => "1.0.0";

    public override Tier RequiredTier => Tier.Free;

    public override ValueTask HandleMessageAsync(ObservedMessage message, CancellationToken cancellationToken)
    {
        _counts[message.Method] = _counts.GetValueOrDefault(message.Method) + 1;
        return ValueTask.CompletedTask;
    }

    public override ValueTask ShutdownAsync(CancellationToken cancellationToken)
    {
        foreach (var (method, count) in _counts)
            Output.WriteLine($"hello: {count} × {method}");
        return ValueTask.CompletedTask;
    }
}
