using System.CommandLine;
using Kilometers.Cli.Commands.Plugins;

namespace Kilometers.Cli.Commands;

/// <summary><c>km init</c>: the first command of a new user.</summary>
internal static class InitCommand
{
    public static Command Create()
    {
        var yes = PluginsCommand.Yes();
        var command = new Command("init", "Set km up: install the free plugins that came with it, and show what to write into mcp.json. Needs no account and no network.") { yes };
        CommandContext.Run(command, async (parsed, context, cancellationToken) =>
        {
            var status = await BundledPlugins.InstallAsync(context, parsed.GetValue(yes), cancellationToken).ConfigureAwait(false);
            context.Screen.WriteLine("Put km in front of a server's command in your client's mcp.json:");
            context.Screen.WriteLine("""  "command": "km", "args": ["monitor", "--server", "--", "npx", "some-mcp-server"]""");
            return status;
        });
        return command;
    }
}
