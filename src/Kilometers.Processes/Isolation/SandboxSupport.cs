using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Isolation;

/// <summary>Which layers this system offers. Asked of the kernel by the calls themselves.</summary>
/// <param name="LandlockVersion">The kernel's version of Landlock; 0: none.</param>
/// <param name="HasSeccomp">Whether system calls can be filtered, and km knows this processor's.</param>
public sealed record SandboxSupport(int LandlockVersion, bool HasSeccomp)
{
    private const int GetSeccomp = 21;
    private static readonly Lazy<SandboxSupport> OfThisSystem = new(Probe);

    /// <summary>This system's.</summary>
    public static SandboxSupport Current => OfThisSystem.Value;

    /// <summary>Whether files, network and other processes can be kept away in full.</summary>
    public bool CanConfine => LandlockVersion >= Landlock.Sufficient && HasSeccomp;

    /// <summary>Whether this process may look into the ones that it starts, which <see cref="BindSupervisor"/> must.</summary>
    public static bool CanSupervise { get; } = OperatingSystem.IsLinux() && ProbeSupervision();

    /// <summary>Why not, in a few words; null if they can.</summary>
    public string? Missing =>
        CanConfine ? null
        : !OperatingSystem.IsLinux() ? "only Linux has Landlock and seccomp"
        : (LandlockVersion, HasSeccomp) switch
        {
            (0, true) => "the kernel has no Landlock",
            (0, false) => "the kernel has neither Landlock nor seccomp",
            (_, false) => "the kernel has no seccomp",
            _ => $"Landlock version {LandlockVersion} of the kernel does not keep files from being cut off ({Landlock.Sufficient} does)",
        };

    private static SandboxSupport Probe() =>
        OperatingSystem.IsLinux()
            ? new(Landlock.Version(), SystemCalls.Current is not null && Libc.Prctl(GetSeccomp, 0, 0, 0, 0) >= 0)
            : new(0, false);

    /// <summary>A container's filter may deny the calls altogether; Yama (Ubuntu and others) may deny them for other processes.</summary>
    private static unsafe bool ProbeSupervision()
    {
        const int TracesChildren = 1;
        const string Yama = "/proc/sys/kernel/yama/ptrace_scope";
        try
        {
            if (File.Exists(Yama) && !(int.TryParse(File.ReadAllText(Yama), out var scope) && scope <= TracesChildren))
                return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }

        byte here = 0,
            there = 1;
        var to = new LinuxCalls.Vector { Start = (nint)(&here), Length = 1 };
        var from = new LinuxCalls.Vector { Start = (nint)(&there), Length = 1 };
        if (LinuxCalls.ReadMemory(Environment.ProcessId, &to, 1, &from, 1, 0) != 1)
            return false;
        var self = LinuxCalls.OpenProcess(Environment.ProcessId);
        if (self < 0)
            return false;
        var duplicate = LinuxCalls.Duplicate(self, self);
        if (duplicate >= 0)
            _ = Libc.Close(duplicate);
        _ = Libc.Close(self);
        return duplicate >= 0;
    }
}
