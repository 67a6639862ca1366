using Kilometers.Contracts;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Discovery;
using Kilometers.PluginHost.Installation;
using Kilometers.PluginHost.Policies;

namespace Kilometers.Cli.Commands.Doctor;

/// <summary>What is installed, and whether it may run. Signatures are verified; files are at a launch, and by <c>km plugins verify --all</c>.</summary>
internal sealed class PluginsCheck : IDoctorCheck
{
    public string Name => "plugins";

    public Prerequisites Needs => Prerequisites.Home | Prerequisites.Settings;

    public Task<IReadOnlyList<Finding>> RunAsync(DoctorContext context, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Finding>>(Find(context.Command));

    private static List<Finding> Find(CommandContext context)
    {
        var findings = new List<Finding>();
        PluginRegistry.Read(context.Paths.Registry, out var isDamaged);
        if (isDamaged)
            findings.Add(
                Finding.Of(
                    new KmError(
                        ErrorCode.DamagedRegistry,
                        "The registry is damaged",
                        context.Paths.Registry,
                        "The next installation rewrites it."
                    ),
                    Severity.Warning
                )
            );
        var view = context.Entitlements().Known();
        var policy = HostPolicy.Create(context.Paths, BuiltInRoot.Pem, RootCommandLine.Version, context.Time, view, out var trust);
        var discovery = new PluginDiscovery(context.Paths);
        var packages = discovery
            .Resolve(discovery.List(), new PackageVerifier(policy))
            .Select(package => EntitlementGate.Apply(PolicyGate.Apply(package, context.Rules), view))
            .ToList();
        findings.AddRange(trust.Warnings.Concat(discovery.Warnings).Select(warning => Finding.Of(warning, Severity.Warning)));

        // Whatever refuses a plugin, the session runs without it: a warning, unless its own name and code say more.
        findings.AddRange(
            packages
                .Where(package => !package.MayLaunch && !package.IsSuperseded)
                .Select(package =>
                    Finding.Of(
                        package.Error ?? new KmError(ErrorCode.Internal, "It is refused for no reason that is known"),
                        Severity.Warning
                    ) with
                    {
                        Summary = $"{package.Name} does not run: {package.Error?.Summary}",
                    }
                )
        );
        var disabled = new DisabledPlugins(context.Paths.Disabled).Read();
        var ready = packages
            .Where(package => package.MayLaunch)
            .Select(package => disabled.Contains(package.Name) ? $"{package.Name} (disabled)" : package.Name)
            .ToList();
        findings.Add(
            ready.Count > 0 ? Finding.Ok($"ready: {string.Join(", ", ready)}")
            : packages.Count > 0
                ? new Finding
                {
                    Severity = Severity.Error,
                    Summary = "No installed plugin may run: sessions are relayed, and nothing is shown",
                }
            : Finding.Warning(
                "No plugins are installed: sessions are relayed, and nothing is shown",
                hint: "Install the free plugins that came with km: km init"
            )
        );
        return findings;
    }
}
