using System.CommandLine;
using Kilometers.Cli.Commands.Completion;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.PluginHost.Discovery;
using Kilometers.PluginHost.Installation;

namespace Kilometers.Cli.Commands.Plugins;

/// <summary><c>km plugins install</c>.</summary>
internal static class InstallCommand
{
    private const string Examples = """
        Examples:
          km plugins install
          km plugins install api-logger
          km plugins install km-plugin-api-logger-1a2b3c4d.kmpkg
          km plugins install packages/*.kmpkg --yes
          km plugins install old.kmpkg --allow-downgrade --yes
          km plugins install theirs.kmpkg --replace-publisher
        """;

    public static Command Create()
    {
        var files = new Argument<string[]>("FILE|NAME")
        {
            Description = "A .kmpkg package, or the name of a plugin that came with km or that the API has for you. May be repeated.",
            Arity = ArgumentArity.ZeroOrMore,
            CompletionSources = { KnownNames.Bundled },
        };
        var yes = PluginsCommand.Yes();
        var downgrade = new Option<bool>("--allow-downgrade") { Description = "Accept an older release than was installed before." };
        var replace = new Option<bool>("--replace-publisher")
        {
            Description = "Let another publisher take over a plugin's name. --yes alone does not.",
        };
        var json = PluginsCommand.Json();
        var command = new Command(
            "install",
            "Verify a plugin package, test-start the plugin, and install it: from a file, or from the API by name. Without either, the free plugins that came with km."
        )
        {
            files,
            yes,
            downgrade,
            replace,
            json,
        };
        HelpWithExamples.Add(command, Examples);
        CommandContext.Run(
            command,
            async (parsed, context, cancellationToken) =>
            {
                var options = new InstallOptions
                {
                    IsAgreed = parsed.GetValue(yes),
                    AllowDowngrade = parsed.GetValue(downgrade),
                    ReplacesPublisher = parsed.GetValue(replace),
                };
                var named = parsed.GetValue(files) ?? [];
                var isJson = parsed.GetValue(json);
                if (named.Length == 0)
                    return Show(
                        context,
                        await BundledPlugins.InstallAsync(context, null, options, cancellationToken).ConfigureAwait(false),
                        isJson
                    );
                string[] fromApi = [.. named.Where(name => !IsFile(name) && !BundledPlugins.Has(context, name))];

                // Nothing is installed before all of them can be.
                if (named.Where(IsFile).Select(PackageMistake.Find).FirstOrDefault(mistake => mistake is not null) is { } mistake)
                    throw new KmException(mistake);
                if (named.Length > 1)
                    foreach (var file in named.Where(IsFile))
                        PackageOpener.Open(file).Dispose();
                if (fromApi.Length > 0 && !context.Account().MaySignIn)
                    throw new KmException(PackageMistake.UnknownName(fromApi[0]));
                if (fromApi.Length > 0 && fromApi.Length < named.Length)
                    throw new KmException(Mixed(fromApi));
                if (fromApi.Length > 0)
                    return await RefreshCommand
                        .RunAsync(
                            context,
                            context.Account(),
                            fromApi,
                            options.Ask(context, string.Join(' ', fromApi)),
                            isJson,
                            cancellationToken
                        )
                        .ConfigureAwait(false);
                var plugins = new List<InstallListing>();
                foreach (var name in named)
                {
                    if (IsFile(name))
                        plugins.Add(await InstallAsync(context, name, options, cancellationToken).ConfigureAwait(false));
                    else
                        plugins.AddRange(
                            (await BundledPlugins.InstallAsync(context, name, options, cancellationToken).ConfigureAwait(false)).Plugins
                        );
                }

                return Show(context, new InstallReport(plugins), isJson);
            },
            usesNetwork: true
        );
        return command;
    }

    private static bool IsFile(string name) => !PluginName.IsValid(name) || Path.Exists(name);

    private static KmError Mixed(string[] fromApi) =>
        new(
            ErrorCode.InvalidArguments,
            "Packages and plugins from the API are installed one after the other",
            Hint: $"First: km plugins install {string.Join(' ', fromApi)}; then the packages."
        );

    /// <summary>Installs one package. What was done or why not is shown as it happens; the report has the same as data.</summary>
    public static async Task<InstallListing> InstallAsync(
        CommandContext context,
        string file,
        InstallOptions options,
        CancellationToken cancellationToken
    )
    {
        var policy = context.Policy(out _) with { AllowDowngrade = options.AllowDowngrade };
        var installer = context.Installer();
        using var progress = new ByteProgress(context.Errors, "Verifying", File.Exists(file) ? new FileInfo(file).Length : 0, context.Time);
        var question = options.Ask(context, file);
        question.BeforeAsking = progress.Dispose;
        try
        {
            return InstallListing.Of(
                await installer.InstallAsync(file, policy, question.Ask, progress, Keep, cancellationToken).ConfigureAwait(false)
            );
        }
        catch (KmException e)
        {
            return new InstallListing
            {
                Name = Path.GetFileName(file),
                Outcome = InstallListing.Failed,
                Error = e.Error with { Summary = $"Plugin installation failed: {e.Error.Summary}" },
            };
        }

        bool Keep(KmError failure)
        {
            if (!options.IsAgreed)
                context.Errors.Warn(failure with { Summary = Capitalized(failure.Summary), Hint = null });
            return Question.Ask(context.Errors, "Install it all the same?", options.IsAgreed);
        }
    }

    private static string Capitalized(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    /// <summary>Shows what was installed.</summary>
    /// <returns>The exit status.</returns>
    public static int Show(CommandContext context, InstallReport report, bool isJson)
    {
        if (isJson)
            context.Screen.Json(report, CommandJsonContext.Default.InstallReport);
        foreach (var plugin in report.Plugins)
        {
            if (plugin.Outcome == InstallListing.Failed)
                context.Errors.Report(plugin.Error!);
            else if (!isJson && plugin.Outcome == InstallListing.Installed)
                context.Screen.WriteLine(
                    $"{context.Errors.Glyphs.Success} {plugin.Name} v{plugin.Version} is installed ({plugin.Tier} tier){(plugin.TestStart is { } test ? $"; {test}" : "")}; {Next(context, plugin.Name)}"
                );
            if (plugin is { Outcome: InstallListing.Installed, Error: { } trouble })
                context.Errors.Warn(trouble with { Summary = Capitalized(trouble.Summary) });
        }

        return report.IsGood() ? 0 : 1;
    }

    private static string Next(CommandContext context, string name) =>
        new DisabledPlugins(context.Paths.Disabled).Contains(name)
            ? $"it is disabled until: km plugins enable {name}"
            : "the next km monitor runs it";
}

/// <summary>What the user said along with the command.</summary>
internal sealed record InstallOptions
{
    /// <summary>Whether what a plugin may do is agreed to.</summary>
    public required bool IsAgreed { get; init; }

    /// <summary>Whether an older release is accepted.</summary>
    public bool AllowDowngrade { get; init; }

    /// <summary>Whether another publisher may take over a name.</summary>
    public bool ReplacesPublisher { get; init; }

    /// <summary>The question before what was named is installed.</summary>
    /// <param name="context">Where it is asked.</param>
    /// <param name="package">The file or name.</param>
    public ConsentQuestion Ask(CommandContext context, string package)
    {
        var command = $"km plugins install {package}{(AllowDowngrade ? " --allow-downgrade" : "")}";
        return new(context)
        {
            IsAgreed = IsAgreed,
            AsksAlways = true,
            ReplacesPublisher = ReplacesPublisher,
            Command = $"{command}{(ReplacesPublisher ? " --replace-publisher" : "")} --yes",
            ReplaceCommand = command,
        };
    }
}
