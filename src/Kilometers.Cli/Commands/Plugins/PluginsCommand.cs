using System.CommandLine;

namespace Kilometers.Cli.Commands.Plugins;

/// <summary><c>km plugins</c>: what is installed, and what may run.</summary>
internal static class PluginsCommand
{
    public static Command Create() =>
        new("plugins", "Install, remove, list, check and control plugins.")
        {
            ListCommand.Create(),
            StatusCommand.Create(),
            InstallCommand.Create(),
            RefreshCommand.Create(),
            RemoveCommand.Create(),
            VerifyCommand.Create(),
            SettingsCommand.Create(),
            PluginLogsCommand.Create(),
            ActionCommand.CreateEnable(),
            ActionCommand.CreateDisable(),
            ActionCommand.CreateRestart(),
            ProjectTrustCommand.CreateTrust(),
            ProjectTrustCommand.CreateUntrust(),
        };

    public const string JsonName = "--json";

    public static Option<bool> Json() => new(JsonName) { Description = "Print JSON." };

    public static Option<bool> Yes() => new("--yes", "-y") { Description = "Agree without being asked." };
}
