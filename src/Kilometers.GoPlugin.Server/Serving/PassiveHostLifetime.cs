using Microsoft.Extensions.Hosting;

namespace Kilometers.GoPlugin.Server.Serving;

/// <summary>Keeps the generic host away from signals: they are <see cref="Lifetime.PluginLifetime"/>'s.</summary>
internal sealed class PassiveHostLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
