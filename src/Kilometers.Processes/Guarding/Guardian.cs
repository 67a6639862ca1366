using System.Globalization;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Guarding;

/// <summary>
/// A small process beside this one that does nothing until this one is gone without a word (SIGKILL, a crash). Then it kills the
/// protected children with everything below them, and deletes the directories and sockets that this one made. It is not in any data path.
/// It learns that we are gone by the end of the pipe which only we hold. Not needed on Windows, where jobs die with their owner.
/// </summary>
public sealed class Guardian : IDisposable
{
    private readonly ChildProcess? _process;
    private readonly Lock _writing = new();

    private Guardian(ChildProcess? process) => _process = process;

    /// <summary>Starts the guardian.</summary>
    /// <param name="self">This very program, in the mode that calls <see cref="GuardianLoop.Run"/>.</param>
    /// <returns>The guardian; without effect on Windows.</returns>
    /// <exception cref="ChildStartException">The program could not be started.</exception>
    public static Guardian Start(ChildCommand self) => new(OperatingSystem.IsWindows() ? null : ChildProcess.Start(self));

    /// <summary>From now on, the process and all that descends from it ends when we are gone.</summary>
    /// <param name="processId">A child of this process.</param>
    public void Protect(int processId) =>
        Send(
            GuardianMessage.Protect,
            string.Create(CultureInfo.InvariantCulture, $"{processId} {ProcessTable.Find(processId)?.StartTime ?? 0}")
        );

    /// <summary>The process has ended and was reaped.</summary>
    /// <param name="processId">A protected process.</param>
    public void Release(int processId) => Send(GuardianMessage.Release, string.Create(CultureInfo.InvariantCulture, $"{processId}"));

    /// <summary>
    /// The directory is deleted with its content, or the socket, when we are gone: if it is still the very one that stands there now,
    /// this user's own, and no link.
    /// </summary>
    /// <param name="path">What this process made for itself and nobody else may change: a directory of mode 0700, or a socket.</param>
    public void DeleteAtEnd(string path) => Send(GuardianMessage.Delete, path);

    /// <summary>
    /// From now on this process is killed if it stays stopped (SIGSTOP) for 5 s: others depend on it, and can start another. A debugger's stop
    /// does not count.
    /// </summary>
    public void EndIfStopped() => Send(GuardianMessage.EndIfStopped, "");

    /// <summary>Ends the guardian: everything was put away by ourselves.</summary>
    public void Dispose()
    {
        if (_process is null)
            return;
        Send(GuardianMessage.Done, "");
        _process.Dispose();
    }

    private void Send(string kind, string argument)
    {
        if (_process is null)
            return;
        try
        {
            lock (_writing)
                _process.StandardInput.Write(new GuardianMessage(kind, argument).Encode());
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The guardian was killed. The session matters more than the guardian.
        }
    }
}
