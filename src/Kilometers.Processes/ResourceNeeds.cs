namespace Kilometers.Processes;

/// <summary>What a program of ours needs beside what it works on. .NET ends a process that cannot have it.</summary>
/// <param name="AddressSpace">Bytes: each thread reserves its stack and mostly an arena, the collector a range.</param>
/// <param name="Data">Bytes of memory that can be written.</param>
/// <param name="Stack">Bytes of a thread's stack.</param>
/// <param name="OpenFiles">Descriptors.</param>
/// <param name="Threads">Threads that can be started.</param>
public sealed record ResourceNeeds(ulong AddressSpace, ulong Data, ulong Stack, ulong OpenFiles, int Threads)
{
    /// <summary>
    /// What a relay needs beside its ring. It has had 860 MB of address space at its peak; with 600 MB it ended in the middle of a session.
    /// </summary>
    public static ResourceNeeds OfRelay { get; } = new(1UL << 30, 64UL << 20, 128UL << 10, 24, 24);

    /// <summary>What the host needs, its guardian and a few plugins, twice over.</summary>
    public static ResourceNeeds OfHost { get; } = new(8UL << 30, 2UL << 30, 256UL << 10, 128, 160);
}
