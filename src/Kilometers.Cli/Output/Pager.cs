using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Kilometers.Cli.Output;

/// <summary>
/// The program in which a user scrolls through long output: <c>KM_PAGER</c>, else <c>PAGER</c>, else <c>less</c> where it is installed. It has
/// the terminal and its keys until the user leaves it, as with git.
/// </summary>
internal sealed class Pager : IDisposable
{
    private const string Default = "less";

    /// <summary>What git sets: less shows colours, leaves the text on the screen, and ends at once if it all fits.</summary>
    private const string LessOptions = "FRX";

    private readonly Process _process;
    private readonly PosixSignalRegistration _interrupt;

    private Pager(Process process)
    {
        _process = process;

        // Ctrl+C is the pager's: it stops what is being searched or read.
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
    }

    /// <summary>Takes what is to be shown.</summary>
    public TextWriter Input => _process.StandardInput;

    /// <summary>Starts it.</summary>
    /// <param name="variable">Reads a variable of the environment.</param>
    /// <returns>Null where the user wants none, or there is none.</returns>
    public static Pager? Start(Func<string, string?> variable)
    {
        if (OperatingSystem.IsWindows() || CommandOf(variable) is not { } command)
            return null;
        var start = new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardInput = true, UseShellExecute = false };
        start.Environment.TryAdd("LESS", LessOptions);
        try
        {
            return new Pager(Process.Start(start)!);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    /// <summary>The command that is run by the shell; null: none.</summary>
    internal static string? CommandOf(Func<string, string?> variable)
    {
        var command = variable("KM_PAGER") ?? variable("PAGER");
        if (command is not null)
            return command.Trim() is { Length: > 0 } chosen and not "cat" ? chosen : null;
        var folders = (variable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return folders.Any(folder => File.Exists(Path.Combine(folder, Default))) ? Default : null;
    }

    /// <summary>Ends the output, and waits until the user leaves the pager.</summary>
    public void Dispose()
    {
        try
        {
            _process.StandardInput.Dispose();
        }
        catch (IOException)
        {
            // The user has left it already.
        }

        _process.WaitForExit();
        _process.Dispose();
        _interrupt.Dispose();
    }
}
