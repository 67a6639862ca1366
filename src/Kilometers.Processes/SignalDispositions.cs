using Kilometers.Processes.Unix;

namespace Kilometers.Processes;

/// <summary>
/// Signals that this process must not die of but a program that it starts may: a limit on the size of files (SIGXFSZ) or on processor
/// time (SIGXCPU) that km reaches by its own writing and work ends nobody's session. An ignored signal stays ignored in a child, so
/// children get the default back.
/// </summary>
public static class SignalDispositions
{
    internal const nint Default = 0;
    internal const nint Ignore = 1;
    private const int Sigxcpu = 24;
    private const int Sigxfsz = 25;

    // SIGCHLD.
    private static readonly int ChildEnded = OperatingSystem.IsLinux() ? 17 : 20;

    // .NET ignores SIGPIPE before the first line of ours.
    private static readonly List<int> Changed = [Libc.Sigpipe];

    /// <summary>
    /// Ignores the signals of exceeded limits, and stops ignoring that of a child's end: where that is ignored the system throws exit
    /// statuses away. Call this at the start of the program.
    /// </summary>
    public static void Prepare()
    {
        if (OperatingSystem.IsWindows())
            return;
        if (IgnoredSignals.Contains(ChildEnded))
            _ = Libc.SetSignal(ChildEnded, Default);
        foreach (var signal in new[] { Sigxcpu, Sigxfsz })
        {
            if (IgnoredSignals.Contains(signal))
                continue;
            _ = Libc.SetSignal(signal, Ignore);
            Changed.Add(signal);
        }
    }

    /// <summary>The signals that a child must find as they were.</summary>
    internal static IReadOnlyList<int> ChangedHere => Changed;

    /// <summary>Makes them so in this process, which is about to become another program.</summary>
    internal static void RestoreDefaults()
    {
        foreach (var signal in Changed)
            _ = Libc.SetSignal(signal, Default);
    }
}
