using Kilometers.Processes.Unix;
using Kilometers.Processes.Windows;

namespace Kilometers.Processes;

/// <summary>A signal that can be sent to a child's process group; the numbers are those of every Unix.</summary>
public enum ChildSignal
{
    /// <summary>The terminal is gone.</summary>
    Hangup = 1,

    /// <summary>Ctrl+C.</summary>
    Interrupt = 2,

    /// <summary>Ends the process at once; cannot be handled.</summary>
    Kill = 9,

    /// <summary>A request to end.</summary>
    Terminate = 15,
}

/// <summary>
/// A running child, by default in a process group of its own, with pipes for its three standard streams and nothing else inherited that was
/// not meant to be. On Windows the group is a Job Object that dies with the parent (compiled, not proven).
/// </summary>
public abstract class ChildProcess : IDisposable
{
    private protected ChildProcess() { }

    /// <summary>The process id, also the id of its process group on Unix.</summary>
    public abstract int Id { get; }

    /// <summary>Writes to the child's standard input. Unbuffered; each write is one system call where possible. Dispose it to give the child EOF.</summary>
    public abstract Stream StandardInput { get; }

    /// <summary>Reads the child's standard output. Unbuffered; a read returns as soon as there is a byte.</summary>
    public abstract Stream StandardOutput { get; }

    /// <summary>Reads the child's standard error. Unbuffered.</summary>
    public abstract Stream StandardError { get; }

    /// <summary>Completes once the child has ended and was reaped; never faults.</summary>
    public abstract Task<ExitStatus> Exited { get; }

    /// <summary>Starts <paramref name="command"/>.</summary>
    /// <param name="command">What to start.</param>
    /// <returns>The running child; the caller disposes it.</returns>
    /// <exception cref="ChildStartException">It could not be started.</exception>
    public static ChildProcess Start(ChildCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        return OperatingSystem.IsWindows() ? WindowsChildProcess.StartChild(command) : UnixChildProcess.StartChild(command);
    }

    /// <summary>
    /// Sends a signal to the child's process group; if that is ours, to the child and those of its descendants that are in it. Does
    /// nothing if the child is gone. On Windows every signal ends the job.
    /// </summary>
    /// <param name="signal">The signal.</param>
    public abstract void Signal(ChildSignal signal);

    /// <summary>Sends a signal to the child's process and no other. Does nothing if it is gone, and nothing on Windows.</summary>
    /// <param name="signal">The signal's number on this system.</param>
    public abstract void SignalProcess(int signal);

    /// <summary>
    /// Ends the child, its process group and all its descendants, also those that left the group, at once. Children of it that were
    /// already orphaned are reached only where <see cref="Guarding.Subreaper"/> is enabled.
    /// </summary>
    public abstract void KillTree();

    /// <summary>Closes the pipes. A child that still runs goes on running: call <see cref="KillTree"/> first.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the pipes.</summary>
    /// <param name="disposing">Always true; there is no finalizer.</param>
    protected virtual void Dispose(bool disposing)
    {
        StandardInput.Dispose();
        StandardOutput.Dispose();
        StandardError.Dispose();
    }
}
