using System.Runtime.InteropServices;

namespace Kilometers.Processes.Isolation;

/// <summary>One kind of processor: how the kernel names it, and which number each call has there.</summary>
/// <param name="Architecture">The kernel's name of the processor (<c>AUDIT_ARCH_…</c>).</param>
/// <param name="HasX32">Whether there is a second set of numbers (x32) under the same name.</param>
internal sealed record SystemCalls(uint Architecture, bool HasX32)
{
    /// <summary>
    /// The first number that all processors share: <c>pidfd_send_signal</c>, Linux 5.1. Programs try such calls and go back to older ones
    /// if the answer is that there is no such call.
    /// </summary>
    public const int FirstShared = 424;

    public static SystemCalls X64 { get; } = new(0xc000003e, HasX32: true);

    public static SystemCalls Arm64 { get; } = new(0xc00000b7, HasX32: false);

    /// <summary>Those of this processor; null if they are not known.</summary>
    public static SystemCalls? Current { get; } =
        RuntimeInformation.ProcessArchitecture switch
        {
            System.Runtime.InteropServices.Architecture.X64 => X64,
            System.Runtime.InteropServices.Architecture.Arm64 => Arm64,
            _ => null,
        };

    /// <returns>-1 if this processor does not have the call.</returns>
    public int NumberOf(AllowedCall call) => HasX32 ? call.X64 : call.Arm64;
}
