using System.Runtime.InteropServices;
using Kilometers.Processes.Guarding;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes;

/// <summary>Lets another program take this process over: its id, its streams, its terminal and its limits stay. Not on Windows.</summary>
public static class ProcessReplacement
{
    /// <summary>The path that this program was started by, as the kernel noted it down: known without <c>/proc</c>, too. Linux only; null elsewhere.</summary>
    public static string? OwnPath()
    {
        const int ProgramName = 31;
        return OperatingSystem.IsLinux() ? Marshal.PtrToStringUTF8(Libc.AuxiliaryValue(ProgramName)) : null;
    }

    /// <summary>Becomes the program; returns only if that fails.</summary>
    /// <param name="command">The program and its arguments. It has this process's environment and streams.</param>
    /// <returns>Why it could not be executed.</returns>
    public static ChildStartException Become(ChildCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        if (OperatingSystem.IsWindows())
            return new ChildStartException(ChildStartFailure.Other, "Windows cannot replace a process");
        Subreaper.Disable();
        return Spawner.Become(command);
    }
}
