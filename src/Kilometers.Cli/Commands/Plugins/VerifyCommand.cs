using System.CommandLine;
using Kilometers.Cli.Commands.Completion;
using Kilometers.Contracts;
using Kilometers.PluginHost.Installation;

namespace Kilometers.Cli.Commands.Plugins;

/// <summary><c>km plugins verify</c>.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var name = new Argument<string?>("NAME")
        {
            Description = "Only this plugin.",
            Arity = ArgumentArity.ZeroOrOne,
            CompletionSources = { KnownNames.Plugins },
        };
        var all = new Option<bool>("--all") { Description = "Every plugin that is found." };
        var json = PluginsCommand.Json();
        var command = new Command("verify", "Run every check on installed plugins, their files included, as at a launch.")
        {
            name,
            all,
            json,
        };
        CommandContext.Run(command, (parsed, context, cancellationToken) =>
        {
            var wanted = parsed.GetValue(name);
            if ((wanted is null) == !parsed.GetValue(all))
                throw new KmException(
                    new KmError(ErrorCode.InvalidArguments, "Say which plugin, or --all", Hint: "See: km plugins verify --help")
                );
            var plugins = PluginStatus.Read(context, wanted, cancellationToken);
            if (wanted is not null && plugins.Count == 0)
                throw PluginInstaller.NotInstalled(wanted);
            if (parsed.GetValue(json))
                context.Screen.Json(plugins, CommandJsonContext.Default.IReadOnlyListPluginStatus);
            else
            {
                context.Screen.Table(
                    ["NAME", "VERSION", "RESULT", "WHY"],
                    plugins.Select(status =>
                        (IReadOnlyList<string>)
                            [
                                status.Plugin.Name,
                                status.Plugin.Version ?? "-",
                                status.IsGood ? "verified" : $"FAILED {status.Plugin.Code}",
                                status.Plugin.Reason ?? "",
                            ]
                    )
                );
            }

            return Task.FromResult(plugins.TrueForAll(status => status.IsGood) ? 0 : 1);
        });
        return command;
    }
}
