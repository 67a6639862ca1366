using Kilometers.Api.Configuration;

namespace Kilometers.Api.Hosting;

/// <summary>Before the server stops listening, readiness says 503 for a while: balancers look only now and then.</summary>
internal sealed class Drain(ApiOptions options, TimeProvider time) : IHostedLifecycleService
{
    /// <summary>Whether the server is about to stop.</summary>
    public bool HasBegun { get; private set; }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        HasBegun = true;
        await Task.Delay(options.DrainDelay, time, cancellationToken).ConfigureAwait(false);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
