namespace Kilometers.Processes.Isolation;

/// <summary>A system call that a confined process may make.</summary>
/// <param name="Name">The kernel's name for it.</param>
/// <param name="X64">Its number on x64; -1 if x64 does not have it.</param>
/// <param name="Arm64">Its number on arm64; -1 if arm64 does not have it.</param>
/// <param name="Rule">With which arguments.</param>
internal readonly record struct AllowedCall(string Name, int X64, int Arm64, CallRule Rule = CallRule.AnyArguments);
