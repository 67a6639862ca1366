using System.CommandLine;
using Kilometers.Cli.Output;

namespace Kilometers.Cli.Commands.Plugins;

/// <summary><c>km plugins list</c>.</summary>
internal static class ListCommand
{
    private const string Examples = """
        Signatures are verified for the listing; the files inside are verified at every launch, and by: km plugins verify --all
        """;

    public static Command Create()
    {
        var json = PluginsCommand.Json();
        var command = new Command("list", "List installed plugins: name, version, tier, status, when they last ran, and whose they are.")
        {
            json,
        };
        HelpWithExamples.Add(command, Examples);
        CommandContext.Run(command, (parsed, context, _) =>
        {
            var plugins = PluginListing.Read(context);
            if (parsed.GetValue(json))
                context.Screen.Json(plugins, CommandJsonContext.Default.IReadOnlyListPluginListing);
            else if (plugins.Count == 0)
                context.Screen.WriteLine("No plugins are installed. To install those that came with km: km plugins install");
            else
            {
                context.Screen.Table(
                    ["NAME", "VERSION", "TIER", "STATUS", "LAST AUTH", "PUBLISHER"],
                    plugins.Select(plugin =>
                        (IReadOnlyList<string>)
                            [
                                plugin.Name,
                                plugin.Version ?? "-",
                                plugin.Tier ?? "-",
                                plugin.Code is null ? plugin.Status : $"{plugin.Status} {plugin.Code}",
                                PluginListing.When(plugin.LastAuth),
                                plugin.Signature ?? "-",
                            ]
                    )
                );
            }

            return Task.FromResult(0);
        });
        return command;
    }
}
