namespace Kilometers.Processes.Isolation;

/// <summary>What a filter tells the kernel to do with a call.</summary>
internal static class Verdict
{
    public const uint Allow = 0x7fff0000;
    public const uint AskSupervisor = 0x7fc00000;
    public const uint KillProcess = 0x80000000;
    public const uint NotPermitted = Fail | 1;
    public const uint NotATerminal = Fail | 25;
    public const uint NotImplemented = Fail | LinuxCalls.Enosys;
    public const uint FamilyNotSupported = Fail | 97;

    private const uint Fail = 0x00050000;
}
