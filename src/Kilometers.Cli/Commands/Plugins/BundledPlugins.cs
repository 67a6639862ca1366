using Kilometers.Cli.Output;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Discovery;
using Kilometers.PluginHost.Installation;

namespace Kilometers.Cli.Commands.Plugins;

/// <summary>The free plugins that came with km, signed like all others: installed with one question and no account.</summary>
internal static class BundledPlugins
{
    /// <summary>Those that are not installed in this release or a newer one.</summary>
    public static IReadOnlyList<(string File, PackageVerification Front)> Missing(CommandContext context)
    {
        if (!Directory.Exists(context.Paths.Bundled)) return [];
        var verifier = new PackageVerifier(context.Policy(out _));
        var registry = PluginRegistry.Read(context.Paths.Registry, out _);
        var installer = new PluginInstaller(context.Paths, context.Audit, context.Time);
        var missing = new List<(string, PackageVerification)>();
        foreach (var file in Directory.EnumerateFiles(context.Paths.Bundled, "*.kmpkg").Order(StringComparer.Ordinal))
        {
            using var package = PackageFile.Open(file);
            var front = verifier.VerifyFront(package);
            if (front.Error is not null || front.Manifest is not { Customer: null, RequiredTier: "Free" } manifest) continue;
            if (installer.IsInstalled(manifest.Name) && registry.HighestSequence(manifest.Name) >= manifest.ReleaseSequence) continue;
            missing.Add((file, front));
        }

        return missing;
    }

    /// <summary>Installs what is missing, after one question.</summary>
    /// <returns>The exit status.</returns>
    public static async Task<int> InstallAsync(CommandContext context, bool yes, CancellationToken cancellationToken)
    {
        var missing = Missing(context);
        if (missing.Count == 0)
        {
            context.Screen.WriteLine(Directory.Exists(context.Paths.Bundled) ? "The free plugins that came with km are installed." : "No plugins came with this km. To install a package: km plugins install FILE.kmpkg");
            return 0;
        }

        foreach (var (_, front) in missing) context.Errors.WriteLine($"{front.Manifest.Name} v{front.Manifest.Version}: {front.Manifest.Description}");
        if (!Question.Ask(context.Errors, $"Install {(missing.Count == 1 ? "this free plugin" : $"these {missing.Count} free plugins")}?", yes)) return 1;
        var failed = 0;
        foreach (var (file, _) in missing) failed += await InstallCommand.InstallAsync(context, file, yes: true, allowDowngrade: false, cancellationToken).ConfigureAwait(false) ? 0 : 1;
        return failed == 0 ? 0 : 1;
    }
}
