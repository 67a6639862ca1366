using System.CommandLine;
using Kilometers.Cli.Commands.Completion;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
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
          km plugins install old.kmpkg --allow-downgrade --yes
          km plugins install theirs.kmpkg --replace-publisher
        """;

    public static Command Create()
    {
        var file = new Argument<string?>("FILE|NAME")
        {
            Description = "A .kmpkg package, or the name of a plugin that came with km or that the API has for you.",
            Arity = ArgumentArity.ZeroOrOne,
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
            file,
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
                if (parsed.GetValue(file) is not { } package)
                    return Show(
                        context,
                        await BundledPlugins.InstallAsync(context, null, options, cancellationToken).ConfigureAwait(false),
                        parsed.GetValue(json)
                    );
                if (!PluginName.IsValid(package) || Path.Exists(package))
                {
                    if (PackageMistake.Find(package) is { } mistake)
                        throw new KmException(mistake);
                    return Show(
                        context,
                        new InstallReport([await InstallAsync(context, package, options, cancellationToken).ConfigureAwait(false)]),
                        parsed.GetValue(json)
                    );
                }

                if (BundledPlugins.Has(context, package))
                    return Show(
                        context,
                        await BundledPlugins.InstallAsync(context, package, options, cancellationToken).ConfigureAwait(false),
                        parsed.GetValue(json)
                    );
                if (!context.Account().MaySignIn)
                    throw new KmException(PackageMistake.UnknownName(package));
                var consent = options.Ask(context, package);
                return await RefreshCommand
                    .RunAsync(context, context.Account(), [package], consent, parsed.GetValue(json), cancellationToken)
                    .ConfigureAwait(false);
            },
            usesNetwork: true
        );
        return command;
    }

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
