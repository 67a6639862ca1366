using System.CommandLine;
using Kilometers.Audit;
using Kilometers.Cli.Commands.Completion;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Installation;

namespace Kilometers.Cli.Commands.Plugins;

/// <summary><c>km plugins remove</c>.</summary>
internal static class RemoveCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "The plugin.", CompletionSources = { KnownNames.Plugins } };
        var keep = new Option<bool>("--keep-data") { Description = "Keep what the plugin stored and its settings." };
        var yes = PluginsCommand.Yes();
        var json = PluginsCommand.Json();
        var command = new Command("remove", "Remove an installed plugin, with what it stored. Running sessions keep it until they end.")
        {
            name,
            keep,
            yes,
            json,
        };
        CommandContext.Run(command, async (parsed, context, cancellationToken) =>
        {
            var plugin = parsed.GetValue(name)!;
            var installer = context.Installer();
            if (!installer.IsInstalled(plugin))
                throw PluginInstaller.NotInstalled(plugin);
            if (context.Rules.WhyKept(plugin) is { } kept)
            {
                context.Audit.Append(
                    new AuditRecord
                    {
                        Event = "plugin.remove",
                        Decision = AuditDecision.Denied,
                        Plugin = plugin,
                        Code = kept.Code,
                        Detail = kept.Summary,
                    }
                );
                throw new KmException(kept);
            }

            if (
                !Question.Ask(
                    context.Errors,
                    $"Remove {plugin}{(parsed.GetValue(keep) ? "" : " and what it stored")}?",
                    parsed.GetValue(yes)
                )
            )
                throw new KmException(
                    new KmError(ErrorCode.Declined, "Not removed: not confirmed", Hint: "Run it again and confirm, or use --yes.")
                );
            var removal = new PluginRemoval(context.Paths, context.Audit, context.Time);
            await removal.RemoveAsync(plugin, parsed.GetValue(keep), Policy(context), cancellationToken).ConfigureAwait(false);
            context.Done(parsed.GetValue(json), new DoneReport("plugins remove", plugin), $"{plugin} is removed");
            return 0;
        });
        return command;
    }

    /// <summary>A plugin can be removed even where nothing can be verified.</summary>
    private static VerificationPolicy? Policy(CommandContext context)
    {
        try
        {
            return context.Policy(out _);
        }
        catch (KmException)
        {
            return null;
        }
    }
}
