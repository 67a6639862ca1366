using System.Runtime.InteropServices;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes;

/// <summary>
/// Starts a program that outlives the one that starts it: in a session of its own, away from the terminal, and without
/// the descriptors that this one was given: a process that waits for their end must not wait for the other. Not on Windows.
/// </summary>
public static class DetachedProcess
{
    /// <summary>Starts it. Its standard output and standard error lead nowhere.</summary>
    /// <param name="command">The program, its arguments and its environment.</param>
    /// <param name="standardInput">What it gets as standard input.</param>
    /// <returns>Its process id.</returns>
    /// <exception cref="ChildStartException">It could not be started.</exception>
    public static int Start(ChildCommand command, SafeHandle standardInput)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(standardInput);
        if (OperatingSystem.IsWindows())
            throw new ChildStartException(ChildStartFailure.Other, "there is no such program on Windows");
        var added = false;
        try
        {
            standardInput.DangerousAddRef(ref added);
            lock (OwnChildren.Gate)
            {
                var id = Spawner.Spawn(
                    command with
                    {
                        StartsSession = true,
                        InheritsNothing = true,
                    },
                    (int)standardInput.DangerousGetHandle(),
                    StandardStreams.NothingDescriptor,
                    StandardStreams.NothingDescriptor
                );
                OwnChildren.Add(id, isAwaited: false);
                return id;
            }
        }
        finally
        {
            if (added)
                standardInput.DangerousRelease();
        }
    }

    /// <summary>Lets the system forget one that has ended while the program that started it lives.</summary>
    /// <param name="id">From <see cref="Start"/>.</param>
    /// <returns>Whether it has ended.</returns>
    public static unsafe bool TryReap(int id)
    {
        const int NoHang = 1;
        int status;
        lock (OwnChildren.Gate)
        {
            if (Libc.WaitPid(id, &status, NoHang) == 0)
                return false;
            OwnChildren.Remove(id);
            return true;
        }
    }
}
