namespace Kilometers.Processes.Isolation;

/// <summary>Writes the code that checks a call's arguments. Each rule ends with a verdict. Numbers are from the kernel's headers.</summary>
/// <param name="allowProcesses">Whether the process may create others.</param>
/// <param name="self">The process id that the program will have.</param>
/// <param name="parent">The process id of the process that starts it.</param>
/// <param name="areSignalsScoped">Whether Landlock stops signals to anything outside.</param>
/// <param name="isBindSupervised">Whether the host looks at the names of sockets.</param>
internal sealed class ArgumentChecks(bool allowProcesses, uint self, uint parent, bool areSignalsScoped, bool isBindSupervised)
{
    private const uint UnixFamily = 1;
    private const uint StreamType = 1;
    private const uint TypeMask = 0xf;
    private const uint ThreadFlag = 0x10000;
    private const uint NamespaceFlags = 0x7e020080;
    private const uint SocketLevel = 1;
    private const uint ThisProcess = 0; // PRIO_PROCESS
    private const int SetDumpable = 4;
    private const int SetFlags = 4; // F_SETFL
    private const uint AsyncFlag = 0x2000; // O_ASYNC: signals to the file's owner
    private const uint HugePages = 0x40000; // MAP_HUGETLB

    // SO_REUSEADDR, SNDBUF, RCVBUF, KEEPALIVE, LINGER, PASSCRED, RCVLOWAT, RCVTIMEO, SNDTIMEO, and the last two with 64-bit times.
    private static readonly int[] SocketOptions = [2, 7, 8, 9, 13, 16, 18, 20, 21, 66, 67];

    // PR_GET_DUMPABLE, SET_NAME, GET_NAME, GET_SECCOMP, CAPBSET_READ, SET_NO_NEW_PRIVS, GET_NO_NEW_PRIVS, SET_THP_DISABLE, GET_THP_DISABLE,
    // SVE_GET_VL, SET_VMA (names of mappings: Go and .NET).
    private static readonly int[] ControlOptions = [3, 15, 16, 21, 23, 38, 39, 41, 42, 51, 0x53564d41];

    // F_DUPFD, GETFD, SETFD, GETFL, GETLK, SETLK, SETLKW, OFD_GETLK, OFD_SETLK, OFD_SETLKW, DUPFD_CLOEXEC, GETPIPE_SZ.
    private static readonly int[] FileCommands = [0, 1, 2, 3, 5, 6, 7, 36, 37, 38, 1030, 1032];

    // TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX, TCGETS2, FICLONE.
    private static readonly uint[] DeviceCommands = [0x5401, 0x5413, 0x541b, 0x5421, 0x5450, 0x5451, 0x802c542a, 0x40049409];

    public void Write(FilterCode code, CallRule rule)
    {
        switch (rule)
        {
            case CallRule.AnyArguments:
                code.Return(Verdict.Allow);
                break;
            case CallRule.Process:
                code.Return(allowProcesses ? Verdict.Allow : Verdict.NotPermitted);
                break;
            case CallRule.Clone:
                code.LoadArgument(0);
                code.IfAnyBit(NamespaceFlags, Verdict.NotPermitted);
                if (!allowProcesses)
                    code.UnlessAnyBit(ThreadFlag, Verdict.NotPermitted);
                code.Return(Verdict.Allow);
                break;
            case CallRule.Signal when allowProcesses && areSignalsScoped:
                code.Return(Verdict.Allow);
                break;
            case CallRule.Signal:
                code.LoadArgument(0);
                code.Unless(self, Verdict.NotPermitted);
                code.Return(Verdict.Allow);
                break;
            case CallRule.ThreadSignal:
                code.Return(areSignalsScoped ? Verdict.Allow : Verdict.NotPermitted);
                break;
            case CallRule.Bind:
                code.Return(isBindSupervised ? Verdict.AskSupervisor : Verdict.Allow);
                break;
            case CallRule.Own:
                OnlySelf(code, 0);
                break;
            case CallRule.Parent:
                code.LoadArgument(0);
                code.Unless(parent, Verdict.NotImplemented); // What programs that try it on themselves can do without.
                code.LoadArgument(1); // No thread of it, no other way of waiting.
                code.Unless(0, Verdict.NotPermitted);
                code.Return(Verdict.Allow);
                break;
            case CallRule.Priority:
                code.LoadArgument(0);
                code.Unless(ThisProcess, Verdict.NotPermitted);
                OnlySelf(code, 1);
                break;
            case CallRule.Map:
                code.LoadArgument(3);
                code.IfAnyBit(HugePages, Verdict.NotPermitted);
                code.Return(Verdict.Allow);
                break;
            case CallRule.Socket or CallRule.SocketPair or CallRule.SocketOption:
                Sockets(code, rule);
                break;
            case CallRule.ProcessControl or CallRule.FileControl or CallRule.DeviceControl or CallRule.FileTimes:
                Commands(code, rule);
                break;
            default:
                code.Return(Verdict.NotPermitted);
                break;
        }
    }

    private static void Sockets(FilterCode code, CallRule rule)
    {
        if (rule == CallRule.SocketOption)
        {
            code.LoadArgument(1);
            code.Unless(SocketLevel, Verdict.NotPermitted);
            code.LoadArgument(2);
            foreach (var option in SocketOptions)
                code.If((uint)option, Verdict.Allow);
            code.Return(Verdict.NotPermitted);
            return;
        }

        code.LoadArgument(0);
        code.Unless(UnixFamily, Verdict.FamilyNotSupported);
        code.LoadArgument(1); // A datagram socket could send to any path without connecting.
        code.UnlessMasked(TypeMask, StreamType, Verdict.NotPermitted);
        code.Return(Verdict.Allow);
    }

    private static void Commands(FilterCode code, CallRule rule)
    {
        switch (rule)
        {
            case CallRule.ProcessControl:
                code.LoadArgument(0);
                foreach (var option in ControlOptions)
                    code.If((uint)option, Verdict.Allow);
                code.Unless(SetDumpable, Verdict.NotPermitted);
                code.LoadArgument(1); // A process that is not dumpable hides from km's measurements.
                code.If(1, Verdict.Allow);
                code.Return(Verdict.NotPermitted);
                break;
            case CallRule.FileControl:
                code.LoadArgument(1);
                foreach (var command in FileCommands)
                    code.If((uint)command, Verdict.Allow);
                code.Unless(SetFlags, Verdict.NotPermitted);
                code.LoadArgument(2);
                code.IfAnyBit(AsyncFlag, Verdict.NotPermitted);
                code.Return(Verdict.Allow);
                break;
            case CallRule.DeviceControl:
                code.LoadArgument(1);
                foreach (var command in DeviceCommands)
                    code.If(command, Verdict.Allow);
                code.Return(Verdict.NotATerminal); // What the kernel answers for a command that a pipe, a file or a socket does not have.
                break;
            default:
                code.LoadArgument(1); // With no path it is about an open file; a path may be anyone's.
                code.Unless(0, Verdict.NotPermitted);
                code.LoadArgumentTop(1);
                code.Unless(0, Verdict.NotPermitted);
                code.Return(Verdict.Allow);
                break;
        }
    }

    private void OnlySelf(FilterCode code, int index)
    {
        code.LoadArgument(index);
        code.If(0, Verdict.Allow);
        code.If(self, Verdict.Allow);
        code.Return(Verdict.NotPermitted);
    }
}
