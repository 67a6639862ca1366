using System.Runtime.InteropServices;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Isolation;

/// <summary>
/// The filter of system calls: what Landlock does not look at. A program of the kernel's small filter machine, which sees a call's number
/// and arguments but no memory, so it cannot look at an address that is connected to: <c>connect</c> is denied as a whole.
/// </summary>
internal static unsafe class SeccompFilter
{
    private const int SetSeccomp = 22;
    private const int ModeFilter = 2;
    private const uint X32Bit = 0x40000000;

    /// <summary>Where the kernel's structure has the number, the processor, and the low half of the first argument.</summary>
    private const uint NumberAt = 0;
    private const uint ProcessorAt = 4;
    private const uint ArgumentsAt = 16;

    private const uint KillProcess = 0x80000000;
    private const uint Fail = 0x00050000;
    private const uint Allow = 0x7fff0000;
    private const uint NotPermitted = Fail | 1;
    private const uint NotImplemented = Fail | LinuxCalls.Enosys;
    private const uint FamilyNotSupported = Fail | 97;

    private const uint UnixFamily = 1;
    private const uint StreamType = 1;
    private const uint TypeMask = 0xf;
    private const uint ThreadFlag = 0x10000;
    private const uint NamespaceFlags = 0x7e020080;
    private static readonly uint[] OwnerCommands = [8, 15]; // F_SETOWN, F_SETOWN_EX: signals by way of a file
    private static readonly uint[] DeviceCommands = [0x5412, 0x541c, 0x8901, 0x8902]; // TIOCSTI, TIOCLINUX; FIOSETOWN, SIOCSPGRP

    /// <summary>Filters the calls of this thread and what it starts. Needs <c>no_new_privs</c>.</summary>
    /// <param name="program">From <see cref="Create"/>.</param>
    /// <exception cref="SandboxException">The kernel refused it.</exception>
    public static void Apply(Instruction[] program)
    {
        fixed (Instruction* first = program)
        {
            var filter = new FilterProgram { Length = (ushort)program.Length, Instructions = first };
            if (Libc.Prctl(SetSeccomp, ModeFilter, (nuint)(&filter), 0, 0) != 0) throw new SandboxException("seccomp", LinuxCalls.LastErrorText());
        }
    }

    /// <param name="calls">The processor's numbers.</param>
    /// <param name="profile">What is allowed.</param>
    /// <param name="self">The process id that the program will have.</param>
    /// <param name="areSignalsScoped">Whether Landlock keeps signals in: then a process may signal threads by their number alone, as musl does.</param>
    public static Instruction[] Create(SystemCalls calls, SandboxProfile profile, int self, bool areSignalsScoped)
    {
        var code = new FilterCode();
        code.Load(ProcessorAt);
        code.Unless(calls.Architecture, KillProcess);
        code.Load(NumberAt);
        if (calls.IsX64) code.IfAnyBit(X32Bit, KillProcess);
        code.IfAbove(SystemCalls.Newest, NotImplemented);
        foreach (var number in calls.Denied) code.If(number, NotPermitted);
        code.If(calls.Clone3, NotImplemented);
        Processes(code, calls, profile, (uint)self, areSignalsScoped);
        Sockets(code, calls);
        code.Arguments(calls.ProcessControl, c => c.If(1, NotPermitted)); // PR_SET_PDEATHSIG: ends with its host
        code.Arguments(calls.FileControl, 1, c => Array.ForEach(OwnerCommands, command => c.If((int)command, NotPermitted)));
        code.Arguments(calls.DeviceControl, 1, c => Array.ForEach(DeviceCommands, command => c.If((int)command, NotPermitted)));

        // With no path it is about an open file; a path may be anybody's.
        code.Arguments(calls.SetTimes, 1, c =>
        {
            c.Unless(0, NotPermitted);
            c.Load(ArgumentsAt + 8 + 4);
            c.Unless(0, NotPermitted);
        });
        code.Return(Allow);
        return code.ToArray();
    }

    private static void Processes(FilterCode code, SystemCalls calls, SandboxProfile profile, uint self, bool areSignalsScoped)
    {
        if (!profile.AllowProcesses)
        {
            code.If(calls.Fork, NotPermitted);
            code.If(calls.VFork, NotPermitted);
        }

        code.Arguments(calls.Clone, c =>
        {
            c.IfAnyBit(NamespaceFlags, NotPermitted);
            if (!profile.AllowProcesses) c.UnlessAnyBit(ThreadFlag, NotPermitted);
        });

        // Processes of its own have other numbers; then only Landlock can tell them from others.
        if (!(profile.AllowProcesses && areSignalsScoped))
        {
            foreach (var call in (int[])[calls.Kill, calls.TgKill, calls.QueueSignal, calls.QueueThreadSignal]) code.Arguments(call, c => c.Unless(self, NotPermitted));
        }

        if (!areSignalsScoped) code.If(calls.TKill, NotPermitted);

        // Limits, priority and processors: its own only. 0 is itself.
        foreach (var call in (int[])[calls.SetLimits, calls.SetAffinity, calls.SetScheduler, calls.SetScheduling, calls.SetSchedulingAttributes])
            code.Arguments(call, c => c.UnlessEither(0, self, NotPermitted));
        foreach (var call in (int[])[calls.SetPriority, calls.SetIoPriority])
        {
            code.Arguments(call, 1, c => c.UnlessEither(0, self, NotPermitted));
        }
    }

    private static void Sockets(FilterCode code, SystemCalls calls)
    {
        // A datagram socket could send to any path without connecting.
        code.Arguments(calls.SocketPair, 1, c => c.UnlessMasked(TypeMask, StreamType, NotPermitted));
        code.If(calls.Connect, NotPermitted);
        code.Arguments(calls.Socket, c =>
        {
            c.Unless(UnixFamily, FamilyNotSupported);
            c.Load(ArgumentsAt + 8);
            c.UnlessMasked(TypeMask, StreamType, NotPermitted);
        });
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct FilterProgram
    {
        public ushort Length;
        public Instruction* Instructions;
    }
}
