using System.Runtime.InteropServices;

namespace Kilometers.Cli.Commands;

/// <summary>
/// Ctrl+C, SIGTERM and SIGHUP as a cancellation. A command without an end of its own is ended by them, and gives the terminal and its
/// children back before the process ends.
/// </summary>
internal sealed class UserInterrupt : IDisposable
{
    private readonly CancellationTokenSource _ending;
    private readonly PosixSignalRegistration[] _signals;
    private int _number;

    /// <param name="cancellationToken">Cancels <see cref="Token"/> too.</param>
    public UserInterrupt(CancellationToken cancellationToken)
    {
        _ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _signals = [On(PosixSignal.SIGHUP, 1), On(PosixSignal.SIGINT, 2), On(PosixSignal.SIGTERM, 15)];
    }

    public CancellationToken Token => _ending.Token;

    /// <summary>The exit status of a program that ends by the signal that came; 0 if none did.</summary>
    public int Status => _number == 0 ? 0 : 128 + _number;

    public void Dispose()
    {
        foreach (var signal in _signals)
            signal.Dispose();
        _ending.Dispose();
    }

    private PosixSignalRegistration On(PosixSignal signal, int number) => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            _number = number;
            _ending.Cancel();
        });
}
