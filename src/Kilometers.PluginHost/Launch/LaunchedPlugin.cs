using Grpc.Core;
using Kilometers.Contracts;
using Kilometers.GoPlugin.Client;
using Kilometers.PluginHost.Lifecycle;
using Kilometers.Processes.Isolation;

namespace Kilometers.PluginHost.Launch;

/// <summary>A plugin that runs, with what holds and measures it.</summary>
/// <param name="client">The connection to it.</param>
/// <param name="isolation">The layers that are in force.</param>
/// <param name="group">Its control group; null: it has none.</param>
/// <param name="meter">Measures it since its start.</param>
/// <param name="time">The clock.</param>
internal sealed class LaunchedPlugin(
    GoPluginClient client,
    IsolationReport isolation,
    ControlGroup? group,
    PluginMeter meter,
    TimeProvider time
) : IAsyncDisposable
{
    /// <summary>How long the process of a plugin whose connection broke may take to end before it counts as alive.</summary>
    private static readonly TimeSpan ExitLimit = TimeSpan.FromMilliseconds(500);

    public GoPluginClient Client => client;

    public IsolationReport Isolation => isolation;

    /// <summary>Completes with the limit that it broke, or with null once it is no longer measured. The one who gets a limit ends it.</summary>
    public Task<KmError?> OverLimit => meter.OverLimit;

    /// <summary>Its start is over: <see cref="ResourceSampler.Settle"/>.</summary>
    public void Settle() => meter.Settle();

    /// <summary>Why a call to it failed.</summary>
    /// <param name="label">The plugin's name.</param>
    /// <param name="e">How the call failed.</param>
    /// <param name="call">Which call it was.</param>
    public async Task<KmError> ExplainAsync(string label, RpcException e, string call)
    {
        // A dying process breaks its connection a moment before it can be waited for.
        if (e.StatusCode is not (StatusCode.DeadlineExceeded or StatusCode.Unimplemented))
            await ((Task)client.Exited.WaitAsync(ExitLimit, time)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (meter.Breach is { } breach)
            return breach;
        if (!client.Exited.IsCompleted)
            return LaunchErrors.From(label, e, call);
        return group?.RanOutOfMemory == true
            ? LaunchErrors.OutOfMemory(label)
            : LaunchErrors.Crashed(label, (await client.Exited.ConfigureAwait(false)).ToString(), client.LastErrorLines);
    }

    /// <summary>Kills it if it still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        client.Kill();
        await client.DisposeAsync().ConfigureAwait(false);
        await meter.DisposeAsync().ConfigureAwait(false);
        group?.Dispose();
    }
}
