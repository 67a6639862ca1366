using Kilometers.Processes.Unix;

namespace Kilometers.Link.Hosting;

/// <summary>What the host must know of the terminal at standard error to write there as its user expects.</summary>
public static class Terminal
{
    private static readonly string[] Names = ["NO_COLOR", "TERM", "LC_ALL", "LC_CTYPE", "LANG", "KM_ASCII"];

#pragma warning disable RS0030 // Nothing is written: only the console knows whether standard error is a terminal.
    /// <summary>Whether there is one.</summary>
    public static bool IsThere => !StandardStreams.WasClosed(2) && !Console.IsErrorRedirected;
#pragma warning restore RS0030

    /// <summary>Its columns; 0 if not known.</summary>
    public static int Columns => IsThere ? TerminalSize.Columns(2) ?? 0 : 0;

    /// <summary>Name and value in turn.</summary>
    public static IReadOnlyList<string> Variables
    {
        get
        {
            var found = new List<string>();
            foreach (var name in Names)
                if (Environment.GetEnvironmentVariable(name) is { } value)
                    found.AddRange([name, value]);
            return found;
        }
    }
}
