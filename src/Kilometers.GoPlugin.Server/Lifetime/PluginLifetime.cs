using System.Runtime.InteropServices;

namespace Kilometers.GoPlugin.Server.Lifetime;

/// <summary>When the plugin stops: asked by the host, by SIGTERM, by its own code, or because the host is gone. SIGINT is the host's to handle.</summary>
internal sealed class PluginLifetime : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<PosixSignalRegistration> _signals = [];

    public CancellationToken Stopping => _stopping.Token;

    public void Stop() => _stopping.CancelAsync();

    public void TakeSignals()
    {
        // Ctrl+C reaches the whole foreground group; the host decides what it means for its plugins.
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, static context => context.Cancel = true));
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
            {
                context.Cancel = true;
                Stop();
            }));
    }

    /// <summary>Ends the process when the host is gone, at the latest after <paramref name="grace"/>, whatever its code is busy with.</summary>
    public void WatchHost(TimeSpan grace) =>
        ParentWatch.Start(() =>
        {
            Stop();
            Thread.Sleep(grace);
            Environment.Exit(1);
        });

    public void Dispose()
    {
        foreach (var signal in _signals)
            signal.Dispose();
    }
}
