using Kilometers.Cli.Commands;
using Kilometers.Processes.Isolation;

namespace Kilometers.Cli;

internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        // The guardian is this program too; it must start fast and use nothing.
        if (args is [GuardCommand.Name, var parent]) return GuardCommand.Run(parent);

        // So is what confines a plugin and then becomes it.
        if (args is [SandboxCommand.Name, ..]) return SandboxCommand.Run(args);
        return await RootCommandLine.InvokeAsync(args).ConfigureAwait(false);
    }
}
