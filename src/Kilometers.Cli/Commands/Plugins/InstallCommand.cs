using System.CommandLine;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Trust;
using Kilometers.Packaging.Verification;
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
        """;

    public static Command Create()
    {
        var file = new Argument<string?>("FILE|NAME") { Description = "A .kmpkg package, or the name of a plugin that came with km or that the API has for you.", Arity = ArgumentArity.ZeroOrOne };
        var yes = PluginsCommand.Yes();
        var downgrade = new Option<bool>("--allow-downgrade") { Description = "Accept an older release than was installed before." };
        var json = PluginsCommand.Json();
        var command = new Command("install", "Verify a plugin package, test-start the plugin, and install it: from a file, or from the API by name. Without either, the free plugins that came with km.") { file, yes, downgrade, json };
        HelpWithExamples.Add(command, Examples);
        CommandContext.Run(command, async (parsed, context, cancellationToken) =>
        {
            var agreed = parsed.GetValue(yes);
            if (parsed.GetValue(file) is not { } package) return Show(context, await BundledPlugins.InstallAsync(context, null, agreed, cancellationToken).ConfigureAwait(false), parsed.GetValue(json));
            if (!PluginName.IsValid(package) || Path.Exists(package))
            {
                if (PackageMistake.Find(package) is { } mistake) throw new KmException(mistake);
                return Show(context, new InstallReport([await InstallAsync(context, package, agreed, parsed.GetValue(downgrade), cancellationToken).ConfigureAwait(false)]), parsed.GetValue(json));
            }

            if (BundledPlugins.Has(context, package)) return Show(context, await BundledPlugins.InstallAsync(context, package, agreed, cancellationToken).ConfigureAwait(false), parsed.GetValue(json));
            if (!context.Account().MaySignIn) throw new KmException(PackageMistake.UnknownName(package));
            return await RefreshCommand.RunAsync(context, context.Account(), [package], agreed, parsed.GetValue(json), cancellationToken).ConfigureAwait(false);
        }, usesNetwork: true);
        return command;
    }

    /// <summary>Installs one package. What was done or why not is shown as it happens; the report has the same as data.</summary>
    public static async Task<InstallListing> InstallAsync(CommandContext context, string file, bool yes, bool allowDowngrade, CancellationToken cancellationToken)
    {
        var policy = context.Policy(out _) with { AllowDowngrade = allowDowngrade };
        var installer = context.Installer();
        using var progress = new ByteProgress(context.Errors, "Verifying", File.Exists(file) ? new FileInfo(file).Length : 0, context.Time);
        try
        {
            return InstallListing.Of(await installer.InstallAsync(file, policy, verification => Agree(context, verification, progress, yes), progress, Keep, cancellationToken).ConfigureAwait(false));
        }
        catch (KmException e)
        {
            return new InstallListing { Name = Path.GetFileName(file), Outcome = InstallListing.Failed, Error = e.Error with { Summary = $"Plugin installation failed: {e.Error.Summary}" } };
        }

        bool Keep(KmError failure)
        {
            if (!yes) context.Errors.Warn(failure with { Summary = Capitalized(failure.Summary), Hint = null });
            return Question.Ask(context.Errors, "Install it all the same?", yes);
        }
    }

    private static string Capitalized(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    /// <summary>Shows what was installed.</summary>
    /// <returns>The exit status.</returns>
    public static int Show(CommandContext context, InstallReport report, bool isJson)
    {
        if (isJson) context.Screen.Json(report, CommandJsonContext.Default.InstallReport);
        foreach (var plugin in report.Plugins)
        {
            if (plugin.Outcome == InstallListing.Failed) context.Errors.Report(plugin.Error!);
            else if (!isJson && plugin.Outcome == InstallListing.Installed) context.Screen.WriteLine($"{context.Errors.Glyphs.Success} {plugin.Name} v{plugin.Version} is installed ({plugin.Tier} tier){(plugin.TestStart is { } test ? $"; {test}" : "")}; {Next(context, plugin.Name)}");
            if (plugin is { Outcome: InstallListing.Installed, Error: { } trouble }) context.Errors.Warn(trouble with { Summary = Capitalized(trouble.Summary) });
        }

        return report.IsGood() ? 0 : 1;
    }

    private static string Next(CommandContext context, string name) =>
        new DisabledPlugins(context.Paths.Disabled).Contains(name) ? $"it is disabled until: km plugins enable {name}" : "the next km monitor runs it";

    /// <summary>Shows what a package is and may do, and asks.</summary>
    public static bool Agree(CommandContext context, PackageVerification verification, ByteProgress? progress, bool yes)
    {
        progress?.Dispose();
        var manifest = verification.Manifest;
        var errors = context.Errors;
        errors.WriteLine($"{manifest.Name} v{manifest.Version} ({manifest.RequiredTier} tier, {manifest.Category}) by {manifest.Author}");
        errors.WriteLine($"  {manifest.Description}");
        errors.WriteLine($"  signed by {verification.Signer!.Name}, under {verification.Signer.Root.Source}");
        if (verification.Signer.Root.IsDevelopment) errors.Warn(DevelopmentRoot($"Plugin '{manifest.Name}'", verification.Signer.Root));
        if (manifest.Customer is { } customer) errors.WriteLine($"  built for customer {customer.Id}");
        errors.WriteLine("  It may:");
        foreach (var may in Capabilities.Describe(manifest)) errors.WriteLine($"    - {may}");
        return Question.Ask(errors, $"Install {manifest.Name}?", yes);
    }

    /// <summary>Said when something signed under a development root is installed or trusted, and not again in every session.</summary>
    public static KmError DevelopmentRoot(string what, TrustRoot root) => new(
        ErrorCode.DevelopmentSigner, $"{what} is signed under a development root ({root.Source})", Hint: "Fine while developing; a release is signed under a release root.");
}
