using System.CommandLine;
using Kilometers.Cli.Commands.Completion;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.PluginHost.Installation;
using Kilometers.PluginHost.Launch;

namespace Kilometers.Cli.Commands.Plugins;

/// <summary><c>km plugins settings</c>: the settings of a plugin, and what is set.</summary>
internal static class SettingsCommand
{
    private const string Hidden = "***";

    private static readonly Column[] Columns =
    [
        new("SETTING"),
        new("VALUE"),
        new("FROM"),
        new("MUST BE", Rank: 2),
        new("DESCRIPTION", Rank: 1),
    ];

    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "The plugin.", CompletionSources = { KnownNames.Plugins } };
        var json = PluginsCommand.Json();
        var command = new Command("settings", "Show the settings of a plugin: what each does, what it can be, and what you have set.")
        {
            name,
            json,
        };
        HelpWithExamples.Add(
            command,
            """
            Examples:
              km plugins settings recorder
              km plugins settings recorder --json
            To set one, write it to config/plugins/NAME.json in your directory of km, or set the variable KM_PLUGIN_NAME__SETTING.
            """
        );
        CommandContext.Run(command, (parsed, context, cancellationToken) =>
            Task.FromResult(Run(context, parsed.GetValue(name)!, parsed.GetValue(json), cancellationToken))
        );
        return command;
    }

    private static int Run(CommandContext context, string plugin, bool isJson, CancellationToken cancellationToken)
    {
        var installed = PluginStatus.Read(context, plugin, cancellationToken);
        if (installed.Count == 0)
            throw PluginInstaller.NotInstalled(plugin);
        var manifest = installed.Find(status => status.Manifest is not null)?.Manifest
            ?? throw new KmException(
                new KmError(
                    installed[0].Plugin.Code ?? ErrorCode.InvalidArguments,
                    $"'{plugin}' is not verified, so nothing that it says of its settings counts",
                    installed[0].Plugin.Reason,
                    $"See: km plugins verify {plugin}"
                )
            );
        var file = PluginSettings.FileOf(context.Paths.Home, plugin);
        var settings = PluginSettings.For(plugin, out var problems);
        var wrong = SettingsCheck.Find(manifest, settings);
        var report = new PluginSettingsReport(
            plugin,
            file,
            manifest.Settings is not null,
            [.. (manifest.Settings ?? []).Select(setting => List(plugin, setting, settings)), .. Undeclared(plugin, manifest, settings)],
            [.. problems, .. wrong is null ? Array.Empty<KmError>() : [wrong]]
        );
        if (isJson)
            context.Screen.Json(report, CommandJsonContext.Default.PluginSettingsReport);
        else
            Show(context, report);
        return wrong is null ? 0 : 1;
    }

    private static PluginSettingListing List(string plugin, PluginSetting setting, IReadOnlyDictionary<string, string> settings)
    {
        var isSet = settings.TryGetValue(setting.Name, out var value) && value.Trim().Length > 0;
        return new PluginSettingListing(
            setting.Name,
            isSet ? (setting.Secret ? Hidden : value!) : setting.Default,
            isSet ? Source(plugin, setting.Name) : "default",
            setting.Describe(),
            setting.Default,
            setting.Description,
            !isSet || setting.Allows(value!)
        );
    }

    /// <summary>What is set and not declared: all of it where the plugin declares nothing.</summary>
    private static IEnumerable<PluginSettingListing> Undeclared(
        string plugin,
        PluginManifest manifest,
        IReadOnlyDictionary<string, string> settings
    ) =>
        settings
            .Keys.Where(name => manifest.Settings?.Any(setting => setting.Name == name) != true)
            .Order(StringComparer.Ordinal)
            .Select(name => new PluginSettingListing(name, Hidden, Source(plugin, name), null, null, null, manifest.Settings is null));

    private static string Source(string plugin, string setting) =>
        Environment.GetEnvironmentVariable(PluginSettings.VariableOf(plugin, setting)) is null ? "file" : "environment";

    private static void Show(CommandContext context, PluginSettingsReport report)
    {
        if (report.Settings.Count == 0)
            context.Screen.WriteLine(
                report.IsDeclared
                    ? $"{report.Plugin} has no settings."
                    : $"{report.Plugin} does not say which settings it has; none is set."
            );
        else
        {
            var rows = report.Settings.Select(setting =>
                (IReadOnlyList<Cell>)
                    [
                        setting.Name,
                        new Cell(setting.Value ?? "-", setting.IsValid ? null : "31"),
                        setting.From,
                        setting.MustBe ?? (report.IsDeclared ? "not a setting" : "-"),
                        setting.Description ?? "",
                    ]
            );
            foreach (var line in context.Screen.Format(Columns, [.. rows]))
                context.Screen.WriteLine(line.TrimEnd());
            context.Screen.WriteLine(
                $"To set one: {report.File}, or the variable {PluginSettings.VariableOf(report.Plugin, report.Settings[0].Name)}."
            );
        }

        foreach (var problem in report.Problems)
            context.Errors.Warn(problem);
    }
}

/// <summary>One setting of a plugin.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">What holds; null: nothing; <c>***</c> if it is a secret or not declared.</param>
/// <param name="From"><c>default</c>, <c>file</c> or <c>environment</c>.</param>
/// <param name="MustBe">What it can be; null: it is not declared.</param>
/// <param name="Default">What holds where nothing is set.</param>
/// <param name="Description">What it does.</param>
/// <param name="IsValid">Whether it can be what is set.</param>
internal sealed record PluginSettingListing(
    string Name,
    string? Value,
    string From,
    string? MustBe,
    string? Default,
    string? Description,
    bool IsValid
);

/// <summary>What <c>km plugins settings --json</c> prints.</summary>
/// <param name="Plugin">The plugin.</param>
/// <param name="File">The file that settings can be in.</param>
/// <param name="IsDeclared">Whether the plugin says which settings it has.</param>
/// <param name="Settings">All that it has or that is set.</param>
/// <param name="Problems">What is wrong with what is set.</param>
internal sealed record PluginSettingsReport(
    string Plugin,
    string File,
    bool IsDeclared,
    IReadOnlyList<PluginSettingListing> Settings,
    IReadOnlyList<KmError> Problems
);
