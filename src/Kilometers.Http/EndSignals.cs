using System.Runtime.InteropServices;

namespace Kilometers.Http;

/// <summary>The signals that ask this program to end.</summary>
internal sealed class EndSignals : IDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _first;

    public EndSignals() =>
        _registrations = [
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => End(signal, 1)),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => End(signal, 2)),
            PosixSignalRegistration.Create(PosixSignal.SIGQUIT, signal => End(signal, 3)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => End(signal, 15)),
        ];

    /// <summary>Cancelled by the first of them.</summary>
    public CancellationToken Ending => _ending.Token;

    /// <summary>What a shell says of a program that was ended by the first of them; 0 if there was none.</summary>
    public int ShellCode => _first == 0 ? 0 : 128 + _first;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _ending.Dispose();
    }

    private void End(PosixSignalContext signal, int number)
    {
        signal.Cancel = true;
        if (Interlocked.CompareExchange(ref _first, number, 0) == 0)
            _ending.Cancel();
    }
}
