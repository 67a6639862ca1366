using System.CommandLine;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Packaging.Verification;
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
        var command = new Command("trust", "Agree to run the plugins in a project's own plugins folder, as they are now.") { project, yes };
        CommandContext.Run(command, (parsed, context, _) =>
        {
            var paths = PathsOf(context, parsed.GetValue(project)!);
            var discovery = new PluginDiscovery(paths);
            var candidates = discovery.List().Where(candidate => candidate.Origin == PluginOrigin.Project).ToList();
            foreach (var warning in discovery.Warnings) context.Errors.Warn(warning);
            if (candidates.Count == 0) throw new KmException(new KmError(ErrorCode.NotInstalled, $"There are no plugins in {paths.ProjectPlugins}"));
            var verifier = new PackageVerifier(context.Policy(out TrustConfiguration _));
            var packages = candidates.ConvertAll(candidate => Look(candidate, verifier));
            foreach (var package in packages) context.Errors.WriteLine($"{package.Manifest.Name} v{package.Manifest.Version} by {package.Manifest.Author}, signed by {package.Signer!.Name}: {string.Join("; ", Capabilities.Describe(package.Manifest))}");
            if (!Question.Ask(context.Errors, $"Run {(packages.Count == 1 ? "this plugin" : "these plugins")} in {paths.Project}?", parsed.GetValue(yes)))
                throw new KmException(new KmError(ErrorCode.Declined, "Not trusted: not confirmed", Hint: "Run it again and confirm, or use --yes."));
            new TrustStore(paths, context.Audit, context.Time).Project(packages);
            context.Screen.WriteLine($"{context.Errors.Glyphs.Success} {packages.Count} of {paths.Project} trusted as they are now");
            return Task.FromResult(0);
        });
        return command;
    }

    public static Command CreateUntrust()
    {
        var project = Project();
        var command = new Command("untrust", "Run a project's own plugins no longer.") { project };
        CommandContext.Run(command, (parsed, context, _) =>
        {
            var paths = PathsOf(context, parsed.GetValue(project)!);
            new TrustStore(paths, context.Audit, context.Time).Project([]);
            context.Screen.WriteLine($"{context.Errors.Glyphs.Success} the plugins of {paths.Project} are not trusted");
            return Task.FromResult(0);
        });
        return command;
    }

    private static Argument<string> Project() => new("PROJECT") { Description = "The project's directory, mostly '.'." };

    private static PluginPaths PathsOf(CommandContext context, string project) => context.Paths with { Project = Path.GetFullPath(project) };

    private static PackageVerification Look(PackageCandidate candidate, PackageVerifier verifier)
    {
        if (DirectoryGuard.Check(candidate.Path) is { } unsafeFile) throw new KmException(unsafeFile);
        using var file = PackageFile.Open(candidate.Path);
        var front = verifier.VerifyFront(file);
        return front.Error is { } error ? throw new KmException(error with { Summary = $"{Path.GetFileName(candidate.Path)} cannot be trusted: {error.Summary}" }) : front;
    }
}
