using System.Runtime.InteropServices;

namespace Kilometers.Processes.Isolation;

/// <summary>
/// The filter of system calls: what Landlock does not look at. A program of the kernel's small filter machine, which sees a call's number
/// and arguments but no memory. It lets through what <see cref="AllowedCalls"/> lists.
/// </summary>
internal static unsafe class SeccompFilter
{
    private const int ModeFilter = 1;
    private const int NewListener = 0x8;
    private const int Ebusy = 16;

    /// <summary>A request that was taken up is not repeated because of a signal: what has been bound cannot be bound again.</summary>
    private const int OnlyDeathInterrupts = 0x20;
    private const uint X32Bit = 0x40000000;

    /// <summary>Where the kernel's structure has the number and the processor.</summary>
    private const uint NumberAt = 0;
    private const uint ProcessorAt = 4;

    /// <summary>Filters the calls of this thread and what it starts. Needs <c>no_new_privs</c>.</summary>
    /// <param name="program">From <see cref="Create"/>.</param>
    /// <param name="isSupervised">Whether the filter leaves calls to a supervisor.</param>
    /// <returns>
    /// The descriptor on which the kernel asks the supervisor; 0 without one; -1 if the kernel has one for this process already, and
    /// nothing was applied: a container can supervise calls itself (LXD does), and only one can.
    /// </returns>
    /// <exception cref="SandboxException">The kernel refused it.</exception>
    public static int Apply(Instruction[] program, bool isSupervised)
    {
        fixed (Instruction* first = program)
        {
            var filter = new FilterProgram { Length = (ushort)program.Length, Instructions = first };
            var number = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 317 : 277;
            var listener = LinuxCalls.Call(number, ModeFilter, isSupervised ? NewListener | OnlyDeathInterrupts : 0, (nint)(&filter), 0);
            if (listener < 0 && isSupervised && LinuxCalls.LastError() == Ebusy)
                return -1;
            return listener >= 0 ? (int)listener : throw new SandboxException("seccomp", LinuxCalls.LastErrorText());
        }
    }

    /// <param name="calls">The processor's numbers.</param>
    /// <param name="profile">What is allowed.</param>
    /// <param name="self">The process id that the program will have.</param>
    /// <param name="parent">The process id of the process that starts it, whose end it may wait for.</param>
    /// <param name="areSignalsScoped">Whether Landlock keeps signals in: then threads may be signalled by number, as musl does.</param>
    public static Instruction[] Create(SystemCalls calls, SandboxProfile profile, int self, int parent, bool areSignalsScoped)
    {
        var checks = new ArgumentChecks(
            profile.AllowProcesses,
            (uint)self,
            (uint)parent,
            areSignalsScoped,
            profile.BindSupervisor is not null
        );
        var code = new FilterCode();
        code.Load(ProcessorAt);
        code.Unless(calls.Architecture, Verdict.KillProcess);
        code.Load(NumberAt);
        if (calls.HasX32)
            code.IfAnyBit(X32Bit, Verdict.KillProcess);
        foreach (var call in AllowedCalls.All)
        {
            if (calls.NumberOf(call) is >= 0 and var number)
                code.Call(number, inner => checks.Write(inner, call.Rule));
        }

        // Two answers for what is not listed. Programs take old calls for granted, so they and their authors get the truth: not permitted.
        // For new calls they have something older to use instead, but only if the call seems not to exist: the C library goes from clone3,
        // whose flags no filter can see, to clone.
        code.IfAtLeast(SystemCalls.FirstShared, Verdict.NotImplemented);
        code.Return(Verdict.NotPermitted);
        return code.ToArray();
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct FilterProgram
    {
        public ushort Length;
        public Instruction* Instructions;
    }
}
