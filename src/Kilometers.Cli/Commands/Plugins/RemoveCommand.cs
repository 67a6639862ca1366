using System.CommandLine;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.PluginHost.Installation;

namespace Kilometers.Cli.Commands.Plugins;

/// <summary><c>km plugins remove</c>.</summary>
internal static class RemoveCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "The plugin." };
        var keep = new Option<bool>("--keep-data") { Description = "Keep what the plugin stored and its settings." };
        var yes = PluginsCommand.Yes();
        var command = new Command("remove", "Remove an installed plugin, with what it stored. Sessions that run keep it until they end.") { name, keep, yes };
        CommandContext.Run(command, async (parsed, context, cancellationToken) =>
        {
            var plugin = parsed.GetValue(name)!;
            var installer = new PluginInstaller(context.Paths, context.Audit, context.Time);
            if (!installer.IsInstalled(plugin)) throw PluginInstaller.NotInstalled(plugin);
            if (!Question.Ask(context.Errors, $"Remove {plugin}{(parsed.GetValue(keep) ? "" : " and what it stored")}?", parsed.GetValue(yes)))
                throw new KmException(new KmError(ErrorCode.Declined, "Not removed: not confirmed", Hint: "Run it again and confirm, or use --yes."));
            await installer.RemoveAsync(plugin, parsed.GetValue(keep), cancellationToken).ConfigureAwait(false);
            context.Screen.WriteLine($"{context.Errors.Glyphs.Success} {plugin} is removed");
            return 0;
        });
        return command;
    }
}
