namespace Kilometers.Audit.Storage;

/// <summary>Tells one start of the machine from another: nothing that was written since the last one can have been lost to the power.</summary>
internal static class MachineStart
{
    private const string File = "/proc/sys/kernel/random/boot_id";

    /// <summary>Null on systems that do not tell.</summary>
    public static string? Id { get; } = System.IO.File.Exists(File) ? System.IO.File.ReadAllText(File).Trim() : null;
}
