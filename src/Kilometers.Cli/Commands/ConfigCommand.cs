using System.CommandLine;
using Kilometers.Cli.Commands.Completion;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.PluginHost.Accounts;

namespace Kilometers.Cli.Commands;

/// <summary><c>km config</c>: what the user set, and who set it.</summary>
internal static class ConfigCommand
{
    private static string Names => string.Join(", ", KmSettings.All.Select(setting => setting.Name));

    public static Command Create() => new("config", "Show and change settings.") { CreateShow(), CreateGet(), CreateSet() };

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
                context.Screen.Json([.. all.Select(SettingListing.From)], CommandJsonContext.Default.IReadOnlyListSettingListing);
            }
            else
            {
                context.Screen.Table(
                    ["SETTING", "VALUE", "SET BY", "MEANING"],
                    all.Select(value => new[] { value.Setting.Name, value.Value, value.Source, value.Setting.Description })
                );
            }

            // Shown all the same: a user who looks for the mistake must see it.
            foreach (var value in all)
                if (value.Setting.Check(value.Value) is { } why)
                    context.Errors.Warn(
                        new KmError(ErrorCode.InvalidConfiguration, $"{value.Setting.Name} is '{value.Value}'", $"It must be {why}.")
                    );
            return Task.FromResult(0);
        });
        return command;
    }

    private static Command CreateGet()
    {
        var name = new Argument<string>("SETTING")
        {
            Description = $"One of: {Names}.",
            HelpName = "SETTING",
            CompletionSources = { KnownNames.Settings },
        };
        var json = PluginsCommand.Json();
        var command = new Command("get", "Print the value of one setting.") { name, json };
        CommandContext.Run(command, (parsed, context, _) =>
        {
            var value = context.Settings().Find(Find(parsed.GetValue(name)!));
            if (parsed.GetValue(json))
                context.Screen.Json(SettingListing.From(value), CommandJsonContext.Default.SettingListing);
            else
                context.Screen.WriteLine(value.Value);
            return Task.FromResult(0);
        });
        return command;
    }

    private static Setting Find(string name) =>
        KmSettings.All.FirstOrDefault(setting => setting.Name == name)
        ?? throw new KmException(
            new KmError(
                ErrorCode.InvalidArguments,
                $"'{name}' is not a setting",
                Hint: Suggestion.For(name, KmSettings.All.Select(setting => setting.Name)) is { } meant
                    ? $"Did you mean: {meant}"
                    : $"The settings are: {Names}"
            )
        );

    private static Command CreateSet()
    {
        var name = new Argument<string>("SETTING")
        {
            Description = $"One of: {Names}.",
            HelpName = "SETTING",
            CompletionSources = { KnownNames.Settings },
        };
        var json = PluginsCommand.Json();
        var value = new Argument<string?>("VALUE") { Description = "Without it, back to the default.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("set", "Change a setting in your configuration file.") { name, value, json };
        HelpWithExamples.Add(
            command,
            """
            Examples:
              km config set endpoint https://km.example.com
              km config set credential-helper pass
              km config set endpoint
            """
        );
        CommandContext.Run(command, (parsed, context, _) =>
        {
            var setting = Find(parsed.GetValue(name)!);
            KmSettings.Write(context.Paths.Settings, setting.Name, parsed.GetValue(value));
            var now = context.Settings().Get(setting);
            if (parsed.GetValue(json))
                context.Screen.Json(SettingListing.From(now), CommandJsonContext.Default.SettingListing);
            else
                context.Screen.WriteLine($"{context.Errors.Glyphs.Success} {now.Setting.Name} is {now.Value} ({now.Source})");
            return Task.FromResult(0);
        });
        return command;
    }
}

/// <summary>One setting as <c>km config --json</c> prints it.</summary>
internal sealed record SettingListing(string Name, string Value, string Source, string Description)
{
    public static SettingListing From(SettingValue value) => new(value.Setting.Name, value.Value, value.Source, value.Setting.Description);
}
