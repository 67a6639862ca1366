using System.CommandLine;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;
using Kilometers.PluginHost.Accounts;

namespace Kilometers.Cli.Commands;

/// <summary><c>km config</c>: what the user set, and who set it.</summary>
internal static class ConfigCommand
{
    public static Command Create() => new("config", "Show and change settings.") { CreateShow(), CreateSet() };

    private static Command CreateShow()
    {
        var json = PluginsCommand.Json();
        var command = new Command("show", "Show every setting, its value, and where that comes from.") { json };
        CommandContext.Run(command, (parsed, context, _) =>
        {
            var settings = context.Settings();
            var all = KmSettings.All.Select(settings.Find).ToList();
            if (parsed.GetValue(json))
            {
                context.Screen.Json([.. all.Select(value => new SettingListing(value.Setting.Name, value.Value, value.Source, value.Setting.Description))], CommandJsonContext.Default.IReadOnlyListSettingListing);
            }
            else
            {
                context.Screen.Table(["SETTING", "VALUE", "SET BY", "MEANING"], all.Select(value => new[] { value.Setting.Name, value.Value, value.Source, value.Setting.Description }));
            }

            // Shown all the same: who looks for the mistake must see it.
            foreach (var value in all)
                if (value.Setting.Check(value.Value) is { } why) context.Errors.Warn(new Contracts.KmError(Contracts.ErrorCode.InvalidConfiguration, $"{value.Setting.Name} is '{value.Value}'", $"It must be {why}."));
            return Task.FromResult(0);
        });
        return command;
    }

    private static Command CreateSet()
    {
        var name = new Argument<string>("SETTING") { Description = $"One of: {string.Join(", ", KmSettings.All.Select(setting => setting.Name))}." };
        var value = new Argument<string?>("VALUE") { Description = "Without it, back to the default.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("set", "Change a setting in your configuration file.") { name, value };
        HelpWithExamples.Add(command, """
            Examples:
              km config set endpoint https://km.example.com
              km config set credential-helper pass
              km config set endpoint
            """);
        CommandContext.Run(command, (parsed, context, _) =>
        {
            KmSettings.Write(context.Paths.Settings, parsed.GetValue(name)!, parsed.GetValue(value));
            var now = context.Settings().Get(KmSettings.All.First(setting => setting.Name == parsed.GetValue(name)));
            context.Screen.WriteLine($"{context.Errors.Glyphs.Success} {now.Setting.Name} is {now.Value} ({now.Source})");
            return Task.FromResult(0);
        });
        return command;
    }
}

/// <summary>One setting as <c>km config show --json</c> gives it.</summary>
internal sealed record SettingListing(string Name, string Value, string Source, string Description);
