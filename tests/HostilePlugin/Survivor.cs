using System.Runtime.InteropServices;

namespace Kilometers.HostilePlugin;

/// <summary>
/// Signals that this process does not die of, from then on. .NET handles a signal on a thread of its own, some time later: if its registration
/// has gone by then, the process dies of it after all.
/// </summary>
internal static class Survivor
{
    private static readonly Dictionary<PosixSignal, PosixSignalRegistration> Kept = [];

    public static void Of(params ReadOnlySpan<PosixSignal> signals)
    {
        lock (Kept)
        {
            foreach (var signal in signals)
                if (!Kept.ContainsKey(signal))
                    Kept[signal] = PosixSignalRegistration.Create(signal, context => context.Cancel = true);
        }
    }
}
