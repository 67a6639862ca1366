using System.CommandLine;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
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
        var file = new Argument<string?>("FILE|NAME") { Description = "A .kmpkg package, or the name of a plugin that the API has for you.", Arity = ArgumentArity.ZeroOrOne };
        var yes = PluginsCommand.Yes();
        var downgrade = new Option<bool>("--allow-downgrade") { Description = "Accept an older release than was installed before." };
        var command = new Command("install", "Verify a plugin package and install it: a file, or from the API by name. Without either, the free plugins that came with km.") { file, yes, downgrade };
        HelpWithExamples.Add(command, Examples);
        CommandContext.Run(command, async (parsed, context, cancellationToken) =>
        {
            if (parsed.GetValue(file) is { } package)
            {
                if (PluginName.IsValid(package) && !File.Exists(package)) return await RefreshCommand.RunAsync(context, context.Account(), [package], parsed.GetValue(yes), cancellationToken).ConfigureAwait(false);
                SystemRoots.Leave();
                return await InstallAsync(context, package, parsed.GetValue(yes), parsed.GetValue(downgrade), cancellationToken).ConfigureAwait(false) ? 0 : 1;
            }

            SystemRoots.Leave();
            return await BundledPlugins.InstallAsync(context, parsed.GetValue(yes), cancellationToken).ConfigureAwait(false);
        }, usesNetwork: true);
        return command;
    }

    /// <summary>Installs one package.</summary>
    /// <returns>False if it was not, which was shown.</returns>
    public static async Task<bool> InstallAsync(CommandContext context, string file, bool yes, bool allowDowngrade, CancellationToken cancellationToken)
    {
        var policy = context.Policy(out _) with { AllowDowngrade = allowDowngrade };
        var installer = new PluginInstaller(context.Paths, context.Audit, context.Time);
        using var progress = new ByteProgress(context.Errors, "Verifying", File.Exists(file) ? new FileInfo(file).Length : 0, context.Time);
        try
        {
            var installed = await installer.InstallAsync(file, policy, verification => Agree(context, verification, progress, yes), progress, cancellationToken).ConfigureAwait(false);
            var manifest = installed.Manifest;
            context.Screen.WriteLine($"{context.Errors.Glyphs.Success} {manifest.Name} v{manifest.Version} is installed ({manifest.RequiredTier} tier); {(new DisabledPlugins(context.Paths.Disabled).Contains(manifest.Name) ? $"it is disabled until: km plugins enable {manifest.Name}" : "the next km monitor runs it")}");
            return true;
        }
        catch (KmException e)
        {
            context.Errors.Report(e.Error with { Summary = $"Plugin installation failed: {e.Error.Summary}" });
            return false;
        }
    }

    /// <summary>Shows what a package is and may do, and asks.</summary>
    public static bool Agree(CommandContext context, PackageVerification verification, ByteProgress? progress, bool yes)
    {
        progress?.Dispose();
        var manifest = verification.Manifest;
        var errors = context.Errors;
        errors.WriteLine($"{manifest.Name} v{manifest.Version} ({manifest.RequiredTier} tier, {manifest.Category}) by {manifest.Author}");
        errors.WriteLine($"  {manifest.Description}");
        errors.WriteLine($"  signed by {verification.Signer!.Name}, under {verification.Signer.Root.Source}");
        if (verification.Signer.Root.IsDevelopment) errors.WriteLine($"  {errors.Glyphs.Warning} that is a development root");
        if (manifest.Customer is { } customer) errors.WriteLine($"  built for customer {customer.Id}");
        errors.WriteLine("  It may:");
        foreach (var may in Capabilities.Describe(manifest)) errors.WriteLine($"    - {may}");
        return Question.Ask(errors, $"Install {manifest.Name}?", yes);
    }
}
