using Kilometers.Cli.Commands;

namespace Kilometers.Cli;

internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        // The guardian is this program too; it must start fast and use nothing.
        if (args is [GuardCommand.Name, var parent]) return GuardCommand.Run(parent);
        return await RootCommandLine.InvokeAsync(args).ConfigureAwait(false);
    }
}
