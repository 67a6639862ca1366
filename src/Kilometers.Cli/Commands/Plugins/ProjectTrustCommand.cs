using System.CommandLine;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Consent;
using Kilometers.PluginHost.Discovery;
using Kilometers.PluginHost.Installation;

namespace Kilometers.Cli.Commands.Plugins;

/// <summary><c>km plugins trust .</c> and <c>km plugins untrust .</c>.</summary>
internal static class ProjectTrustCommand
{
    public static Command CreateTrust()
    {
        var project = Project();
        var yes = PluginsCommand.Yes();
        var json = PluginsCommand.Json();
        var command = new Command("trust", "Run the plugins in a project's `plugins` folder, as they are now.") { project, yes, json };
        CommandContext.Run(command, (parsed, context, _) =>
        {
            var paths = PathsOf(context, parsed.GetValue(project)!);
            var discovery = new PluginDiscovery(paths);
            var candidates = discovery.List().Where(candidate => candidate.Origin == PluginOrigin.Project).ToList();
            foreach (var warning in discovery.Warnings)
                context.Errors.Warn(warning);
            if (candidates.Count == 0)
                throw new KmException(new KmError(ErrorCode.NotInstalled, $"There are no plugins in {paths.ProjectPlugins}"));
            var verifier = new PackageVerifier(context.Policy(out TrustConfiguration _));
            var packages = candidates.ConvertAll(candidate => Look(candidate, verifier));
            foreach (var package in packages)
                Show(context, package, TrustedProjects.Read(paths.TrustedProjects).Find(paths.Project!, package.Manifest.Name));
            foreach (var package in packages.Where(package => package.Signer!.Root.IsDevelopment))
                context.Errors.Warn(ConsentQuestion.DevelopmentRoot($"Plugin '{package.Manifest.Name}'", package.Signer!.Root));
            if (
                !Question.Ask(
                    context.Errors,
                    $"Run {(packages.Count == 1 ? "this plugin" : "these plugins")} in {paths.Project}?",
                    parsed.GetValue(yes)
                )
            )
                throw new KmException(
                    new KmError(ErrorCode.Declined, "Not trusted: not confirmed", Hint: "Run it again and confirm, or use --yes.")
                );
            new TrustStore(paths, context.Audit, context.Time).Project(packages);
            context.Done(
                parsed.GetValue(json),
                new DoneReport("plugins trust", paths.Project!, string.Join(", ", packages.Select(package => package.Manifest.Name))),
                $"{(packages.Count == 1 ? "1 plugin" : $"{packages.Count} plugins")} of {paths.Project} trusted as they are now"
            );
            return Task.FromResult(0);
        });
        return command;
    }

    public static Command CreateUntrust()
    {
        var project = Project();
        var json = PluginsCommand.Json();
        var command = new Command("untrust", "Stop running plugins from a project's `plugins` folder.") { project, json };
        CommandContext.Run(command, (parsed, context, _) =>
        {
            var paths = PathsOf(context, parsed.GetValue(project)!);
            new TrustStore(paths, context.Audit, context.Time).Project([]);
            context.Done(
                parsed.GetValue(json),
                new DoneReport("plugins untrust", paths.Project!),
                $"the plugins of {paths.Project} are not trusted"
            );
            return Task.FromResult(0);
        });
        return command;
    }

    private static Argument<string> Project() => new("PROJECT") { Description = "The project's folder, usually '.'." };

    private static PluginPaths PathsOf(CommandContext context, string project) =>
        context.Paths with
        {
            Project = Path.GetFullPath(project),
        };

    private static void Show(CommandContext context, PackageVerification package, TrustedPackage? before)
    {
        var manifest = package.Manifest;
        var permissions = PluginPermissions.Of(manifest);
        context.Errors.WriteLine($"{manifest.Name} v{manifest.Version} by {manifest.Author}, signed by {package.Signer!.Describe()}");
        context.Errors.WriteLine($"  It may: {string.Join("; ", Capabilities.Describe(permissions))}");
        context.Errors.WriteLine($"  {permissions.DescribeTraffic(null)}");
        if (before is not null && before.Publisher != package.Signer!.Publisher)
            context.Errors.WriteLine($"  Another publisher than when you agreed: then {before.Publisher}, now {package.Signer.Publisher}");
        if (before is not null && permissions.GainOver(before.Permissions) is { } gain)
            context.Errors.WriteLine($"  New, compared with what you agreed to: {string.Join("; ", gain.Describe(null))}");
    }

    private static PackageVerification Look(PackageCandidate candidate, PackageVerifier verifier)
    {
        if (DirectoryGuard.Check(candidate.Path) is { } unsafeFile)
            throw new KmException(unsafeFile);
        using var file = PackageOpener.Open(candidate.Path);
        var front = verifier.VerifyFront(file);
        return front.Error is { } error
            ? throw new KmException(error with { Summary = $"{Path.GetFileName(candidate.Path)} cannot be trusted: {error.Summary}" })
            : front;
    }
}
