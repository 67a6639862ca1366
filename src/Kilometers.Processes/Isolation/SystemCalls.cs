using System.Runtime.InteropServices;

namespace Kilometers.Processes.Isolation;

/// <summary>The numbers of Linux' system calls that <see cref="SeccompFilter"/> looks at, on one kind of processor; -1 where it has no such call.</summary>
internal sealed class SystemCalls
{
    /// <summary>
    /// The newest call that is known here (<c>cachestat</c>, Linux 6.5; the numbers of new calls are the same everywhere). A newer kernel's
    /// newer calls might be other ways to what is denied: for the plugin they do not exist.
    /// </summary>
    public const int Newest = 451;

    /// <summary>Those of this processor; null if they are not known.</summary>
    public static SystemCalls? Current { get; } = RuntimeInformation.ProcessArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => new SystemCalls
        {
            Architecture = 0xc000003e,
            IsX64 = true,
            Denied = [.. DeniedCalls.All.Select(call => call.X64).Where(number => number >= 0)],
            Clone = 56,
            Fork = 57,
            VFork = 58,
            Kill = 62,
            TKill = 200,
            TgKill = 234,
            QueueSignal = 129,
            QueueThreadSignal = 297,
            SetLimits = 302,
            SetPriority = 141,
            SetAffinity = 203,
            SetScheduler = 144,
            SetScheduling = 142,
            SetSchedulingAttributes = 314,
            SetIoPriority = 251,
            Socket = 41,
            SocketPair = 53,
            Connect = 42,
            ProcessControl = 157,
            FileControl = 72,
            DeviceControl = 16,
            SetTimes = 280,
        },
        System.Runtime.InteropServices.Architecture.Arm64 => new SystemCalls
        {
            Architecture = 0xc00000b7,
            Denied = [.. DeniedCalls.All.Select(call => call.Arm64).Where(number => number >= 0)],
            Clone = 220,
            Fork = -1,
            VFork = -1,
            Kill = 129,
            TKill = 130,
            TgKill = 131,
            QueueSignal = 138,
            QueueThreadSignal = 240,
            SetLimits = 261,
            SetPriority = 140,
            SetAffinity = 122,
            SetScheduler = 119,
            SetScheduling = 118,
            SetSchedulingAttributes = 274,
            SetIoPriority = 30,
            Socket = 198,
            SocketPair = 199,
            Connect = 203,
            ProcessControl = 167,
            FileControl = 25,
            DeviceControl = 29,
            SetTimes = 88,
        },
        _ => null,
    };

    /// <summary>The kernel's name of the processor (<c>AUDIT_ARCH_…</c>).</summary>
    public required uint Architecture { get; init; }

    /// <summary>Whether there is a second set of numbers (x32) under the same name.</summary>
    public bool IsX64 { get; init; }

    /// <summary>Calls that are denied whatever their arguments.</summary>
    public required IReadOnlyList<int> Denied { get; init; }

    /// <summary><c>clone3</c>: its flags are in memory, where no filter can look.</summary>
    public int Clone3 { get; } = 435;

    public required int Clone { get; init; }

    public required int Fork { get; init; }

    public required int VFork { get; init; }

    public required int Kill { get; init; }

    public required int TKill { get; init; }

    public required int TgKill { get; init; }

    public required int QueueSignal { get; init; }

    public required int QueueThreadSignal { get; init; }

    public required int SetLimits { get; init; }

    public required int SetPriority { get; init; }

    public required int SetAffinity { get; init; }

    public required int SetScheduler { get; init; }

    public required int SetScheduling { get; init; }

    public required int SetSchedulingAttributes { get; init; }

    public required int SetIoPriority { get; init; }

    public required int Socket { get; init; }

    public required int SocketPair { get; init; }

    public required int Connect { get; init; }

    public required int ProcessControl { get; init; }

    public required int FileControl { get; init; }

    public required int DeviceControl { get; init; }

    public required int SetTimes { get; init; }
}
