using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.Processes.Windows;

/// <summary>A Windows job whose processes all die when its last handle is closed: by us, or by the system when we are killed. Compiled, not proven.</summary>
[SupportedOSPlatform("windows")]
internal sealed partial class JobObject : IDisposable
{
    private const int ExtendedLimitInformation = 9;
    private const int CpuRateControlInformation = 15;
    private const uint LimitActiveProcesses = 0x8;
    private const uint LimitJobMemory = 0x200;
    private const uint KillOnJobClose = 0x2000;
    private const uint EnableRateControl = 0x1;
    private const uint HardCap = 0x4;
    private const int WholeMachine = 10_000;
    private readonly SafeFileHandle _handle;

    /// <param name="limits">What its processes may use together; null: no limits.</param>
    public unsafe JobObject(JobLimits? limits)
    {
        _handle = new SafeFileHandle(CreateJobObject(0, 0), ownsHandle: true);
        if (_handle.IsInvalid)
            throw new Win32Exception();
        var extended = new ExtendedLimits { Basic = new BasicLimits { LimitFlags = KillOnJobClose } };
        if (limits is not null)
        {
            extended.Basic.LimitFlags |= LimitActiveProcesses | LimitJobMemory;
            extended.Basic.ActiveProcessLimit = (uint)limits.Processes;
            extended.JobMemoryLimit = (nuint)limits.MemoryBytes;
        }

        Set(ExtendedLimitInformation, &extended, sizeof(ExtendedLimits));
        if (limits is null)
            return;

        // In parts of ten thousand of all processors together.
        var rate = new CpuRate
        {
            Flags = EnableRateControl | HardCap,
            Rate = (uint)Math.Clamp((long)limits.CpuPercent * 100 / Environment.ProcessorCount, 1, WholeMachine),
        };
        Set(CpuRateControlInformation, &rate, sizeof(CpuRate));
    }

    public void Assign(SafeProcessHandle process)
    {
        if (!AssignProcessToJobObject(_handle, process))
            throw new Win32Exception();
    }

    public void Terminate() => TerminateJobObject(_handle, 1);

    public void Dispose() => _handle.Dispose();

    private unsafe void Set(int kind, void* information, int length)
    {
        if (SetInformationJobObject(_handle, kind, information, (uint)length))
            return;
        var error = new Win32Exception();
        _handle.Dispose();
        throw error;
    }

    [LibraryImport("kernel32", EntryPoint = "CreateJobObjectW", SetLastError = true)]
    private static partial nint CreateJobObject(nint attributes, nint name);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static unsafe partial bool SetInformationJobObject(SafeFileHandle job, int kind, void* information, uint length);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool AssignProcessToJobObject(SafeFileHandle job, SafeProcessHandle process);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool TerminateJobObject(SafeFileHandle job, uint exitCode);

    [StructLayout(LayoutKind.Sequential)]
    private struct CpuRate
    {
        public uint Flags;
        public uint Rate;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct BasicLimits
    {
        public long PerProcessUserTimeLimit;
        public long PerJobUserTimeLimit;
        public uint LimitFlags;
        public nuint MinimumWorkingSetSize;
        public nuint MaximumWorkingSetSize;
        public uint ActiveProcessLimit;
        public nuint Affinity;
        public uint PriorityClass;
        public uint SchedulingClass;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ExtendedLimits
    {
        public BasicLimits Basic;
        public ulong ReadOperationCount;
        public ulong WriteOperationCount;
        public ulong OtherOperationCount;
        public ulong ReadTransferCount;
        public ulong WriteTransferCount;
        public ulong OtherTransferCount;
        public nuint ProcessMemoryLimit;
        public nuint JobMemoryLimit;
        public nuint PeakProcessMemoryUsed;
        public nuint PeakJobMemoryUsed;
    }
}
