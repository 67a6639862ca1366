using System.Globalization;
using Kilometers.Processes;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.Cli.Commands;

/// <summary>The small program beside this one: it relays sessions, guards this process, and confines plugins.</summary>
internal static class OwnProgram
{
    private static SafeFileHandle? Kept;

    /// <summary>
    /// From now on the program is the one that a relay runs. An update may put another version in its place, which need not understand what
    /// this one says to it.
    /// </summary>
    /// <param name="relay">The relay's process.</param>
    public static void KeepOf(int relay)
    {
        var running = $"/proc/{Text(relay)}/exe";
        try
        {
            // In a process namespace, /proc may be that of another one.
            var isOurs = OperatingSystem.IsLinux() && new FileInfo("/proc/self").LinkTarget == Text(Environment.ProcessId);
            if (isOurs && new FileInfo(running).LinkTarget?.Split('/')[^1] is "km" or "km (deleted)")
                Kept = File.OpenHandle(running, share: FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without /proc, or where the program may not be read, there is only its path.
        }
    }

    /// <summary>How to start it in a hidden mode.</summary>
    /// <param name="arguments">The mode and its arguments.</param>
    /// <returns>The program and all its arguments.</returns>
    public static string[] InMode(params string[] arguments) =>
        [Kept is { } kept ? $"/proc/{Text(Environment.ProcessId)}/fd/{Text((int)kept.DangerousGetHandle())}" : RelayPath, .. arguments];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The program <c>km</c>.</summary>
    public static string RelayPath
    {
        get
        {
            var own = Environment.ProcessPath
                ?? ProcessReplacement.OwnPath()
                ?? throw new InvalidOperationException("this process has no path");
            return Path.Combine(Path.GetDirectoryName(own)!, OperatingSystem.IsWindows() ? "km.exe" : "km");
        }
    }
}
