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

    /// <summary>Why not, in a few words; null if they can.</summary>
    public string? Missing => CanConfine ? null
        : !OperatingSystem.IsLinux() ? "only Linux has Landlock and seccomp"
        : (LandlockVersion, HasSeccomp) switch
        {
            (0, true) => "the kernel has no Landlock",
            (0, false) => "the kernel has neither Landlock nor seccomp",
            (_, false) => "the kernel has no seccomp",
            _ => $"Landlock version {LandlockVersion} of the kernel does not keep files from being cut off ({Landlock.Sufficient} does)",
        };

    private static SandboxSupport Probe() => OperatingSystem.IsLinux()
        ? new(Landlock.Version(), SystemCalls.Current is not null && Libc.Prctl(GetSeccomp, 0, 0, 0, 0) >= 0)
        : new(0, false);
}
