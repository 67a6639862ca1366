using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Consent;
using Kilometers.PluginHost.Discovery;
using Kilometers.PluginHost.Installation;

namespace Kilometers.Cli.Commands.Plugins;

/// <summary>The free plugins that came with km, signed like all others: installed with one question and no account.</summary>
internal static class BundledPlugins
{
    /// <summary>Those that are not installed in this release or a newer one.</summary>
    public static IReadOnlyList<(string File, PackageVerification Front)> Missing(CommandContext context)
    {
        var registry = PluginRegistry.Read(context.Paths.Registry, out _);
        var installer = context.Installer();
        return
        [
            .. Verified(context)
                .Where(entry =>
                    !installer.IsInstalled(entry.Front.Manifest.Name)
                    || registry.HighestSequence(entry.Front.Manifest.Name) < entry.Front.Manifest.ReleaseSequence
                ),
        ];
    }

    /// <summary>All that came with km and whose signature is good.</summary>
    private static List<(string File, PackageVerification Front)> Verified(CommandContext context)
    {
        if (!Directory.Exists(context.Paths.Bundled))
            return [];
        var verifier = new PackageVerifier(context.Policy(out _));
        var found = new List<(string File, PackageVerification Front)>();
        foreach (var file in Directory.EnumerateFiles(context.Paths.Bundled, "*.kmpkg").Order(StringComparer.Ordinal))
        {
            using var package = PackageOpener.Open(file);
            var front = verifier.VerifyFront(package);
            if (front is { Error: null, Manifest: { Customer: null, RequiredTier: "Free" } })
                found.Add((file, front));
        }

        return found;
    }

    /// <summary>Whether a plugin of that name came with km.</summary>
    public static bool Has(CommandContext context, string name) => Verified(context).Any(entry => entry.Front.Manifest.Name == name);

    /// <summary>Installs what is missing, after one question.</summary>
    /// <param name="context">Where.</param>
    /// <param name="name">Only this plugin; null: all.</param>
    /// <param name="options">What the user said already.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<InstallReport> InstallAsync(
        CommandContext context,
        string? name,
        InstallOptions options,
        CancellationToken cancellationToken
    )
    {
        var wanted = Verified(context).Where(entry => IsWanted(entry.Front.Manifest.Name)).ToList();
        var missing = Missing(context).Where(entry => IsWanted(entry.Front.Manifest.Name)).ToList();
        if (missing.Count == 0)
        {
            context.Errors.WriteLine(
                wanted.Count > 0
                    ? "The free plugins that came with km are installed."
                    : "No plugins came with this km. To install a package: km plugins install FILE.kmpkg"
            );
            return new InstallReport([
                .. wanted.Select(entry => new InstallListing
                {
                    Name = entry.Front.Manifest.Name,
                    Version = entry.Front.Manifest.Version,
                    Tier = entry.Front.Manifest.RequiredTier,
                    Outcome = InstallListing.Current,
                }),
            ]);
        }

        foreach (var (_, front) in missing)
        {
            context.Errors.WriteLine($"{front.Manifest.Name} v{front.Manifest.Version}: {front.Manifest.Description}");
            foreach (var may in Capabilities.Describe(PluginPermissions.Of(front.Manifest)))
                context.Errors.WriteLine($"  - it may {may}");
        }

        if (
            !Question.Ask(
                context.Errors,
                $"Install {(missing.Count == 1 ? "this free plugin" : $"these {missing.Count} free plugins")}?",
                options.IsAgreed
            )
        )
        {
            return new InstallReport([
                new InstallListing
                {
                    Name = string.Join(", ", missing.Select(entry => entry.Front.Manifest.Name)),
                    Outcome = InstallListing.Failed,
                    Error = new KmError(
                        ErrorCode.Declined,
                        "Not installed: not confirmed",
                        Hint: "Run it again and confirm, or use --yes."
                    ),
                },
            ]);
        }

        var done = new List<InstallListing>();
        foreach (var (file, _) in missing)
            done.Add(
                await InstallCommand.InstallAsync(context, file, options with { IsAgreed = true }, cancellationToken).ConfigureAwait(false)
            );
        return new InstallReport(done);

        bool IsWanted(string plugin) => name is null || plugin == name;
    }
}
