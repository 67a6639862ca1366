using System.Runtime.InteropServices;
using Kilometers.Processes;
using Kilometers.Processes.Guarding;
using Kilometers.Relay.Relay;

namespace Kilometers.Relay.Server;

/// <summary>What others send to km is the server's: it gets each signal that it would have got without km, and gets it once.</summary>
internal sealed class SessionSignals : IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Lock _gate = new();
    private readonly List<int> _early = [];
    private readonly CancellationTokenSource _stopping = new();
    private StdioProxy? _proxy;
    private volatile GroupWitness? _witness;

    /// <param name="sharesGroup">Whether the server will be in km's own process group.</param>
    public SessionSignals(bool sharesGroup)
    {
        foreach (var signal in ForwardedSignals.All)
        {
            // Under nohup, or in a shell's background, a signal is ignored by km and, as without km, by the server too.
            if (IgnoredSignals.Contains(signal))
                continue;

            // Ctrl+Z stops the whole group, km with it, and the shell takes over.
            if (sharesGroup && signal == ForwardedSignals.Stop)
                continue;
            _registrations.Add(PosixSignalRegistration.Create(Named(signal), context =>
                {
                    context.Cancel = true;
                    Receive(signal);
                }));
        }
    }

    /// <summary>Cancelled when km was told to end.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>The first signal that told km to end, as a number; 0 if there was none.</summary>
    public int FirstStop { get; private set; }

    /// <summary>Who knows which signals came to the whole group.</summary>
    public GroupWitness? Witness
    {
        set => _witness = value;
    }

    /// <summary>From now on signals go to the server; those that came before it was there go first.</summary>
    public void PassOnTo(StdioProxy proxy)
    {
        lock (_gate)
        {
            _proxy = proxy;
            foreach (var signal in _early)
                proxy.ForwardSignal(signal);
        }
    }

    /// <summary>Ends the server as if km had been told to.</summary>
    public void Terminate() => Forward((int)ChildSignal.Terminate, isDelivered: false);

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _witness?.Dispose();
        _stopping.Dispose();
    }

    private void Receive(int signal)
    {
        Forward(signal, _witness?.HasSeen(signal) == true);
        if ((ChildSignal)signal is not (ChildSignal.Hangup or ChildSignal.Interrupt or ChildSignal.Terminate))
            return;
        if (FirstStop == 0)
            FirstStop = signal;
        try
        {
            _stopping.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The session has just ended.
        }
    }

    private void Forward(int signal, bool isDelivered)
    {
        lock (_gate)
        {
            if (_proxy is null)
                _early.Add(signal);
            else
                _proxy.ForwardSignal(signal, isDelivered);
        }
    }

    private static PosixSignal Named(int signal) =>
        (ChildSignal)signal switch
        {
            ChildSignal.Hangup => PosixSignal.SIGHUP,
            ChildSignal.Interrupt => PosixSignal.SIGINT,
            ChildSignal.Terminate => PosixSignal.SIGTERM,
            _ => (PosixSignal)signal,
        };
}
