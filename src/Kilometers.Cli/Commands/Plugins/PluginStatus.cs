using System.Text.Json.Serialization;
using Kilometers.Contracts;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Consent;
using Kilometers.PluginHost.Discovery;
using Kilometers.PluginHost.Installation;
using Kilometers.PluginHost.Launch;
using Kilometers.PluginHost.Policies;

namespace Kilometers.Cli.Commands.Plugins;

/// <summary>One plugin in all detail, after all gates; also its JSON.</summary>
internal sealed record PluginStatus
{
    public required PluginListing Plugin { get; init; }

    public string? Description { get; init; }

    public string? Author { get; init; }

    public string? SignedBy { get; init; }

    /// <summary>The file of the root that vouches for the signer, or <c>km itself</c>.</summary>
    public string? Root { get; init; }

    /// <summary>SHA-256 of that root.</summary>
    public string? RootFingerprint { get; init; }

    public bool IsDevelopmentRoot { get; init; }

    public required IReadOnlyList<CheckResult> Checks { get; init; }

    /// <summary>What keeps it apart from the rest once it runs.</summary>
    public required string Isolation { get; init; }

    /// <summary>How far limits of memory, threads, processor time and disk hold on this machine.</summary>
    public required string Limits { get; init; }

    public IReadOnlyList<string> MayUse { get; init; } = [];

    /// <summary>What to do, where something is wrong.</summary>
    public string? Advice { get; init; }

    /// <summary>The signer with its root, for people.</summary>
    [JsonIgnore]
    public string? Signer { get; init; }

    [JsonIgnore]
    public bool IsGood { get; init; }

    /// <summary>What is signed; null where it is not verified.</summary>
    [JsonIgnore]
    public Contracts.Packages.PluginManifest? Manifest { get; init; }

    /// <summary>Takes what is installed through every gate.</summary>
    /// <param name="context">Where to look.</param>
    /// <param name="name">Only this plugin; null: all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static List<PluginStatus> Read(CommandContext context, string? name, CancellationToken cancellationToken)
    {
        var policy = context.Policy(out _);
        var (found, registry) = PluginListing.Find(context, policy);
        var disabled = new DisabledPlugins(context.Paths.Disabled).Read();
        return
        [
            .. found
                .Where(package => name is null || package.Name == name)
                .Select(package => From(package, registry, disabled, policy, context, cancellationToken)),
        ];
    }

    private static PluginStatus From(
        FoundPackage package,
        PluginRegistry registry,
        IReadOnlySet<string> disabled,
        VerificationPolicy policy,
        CommandContext context,
        CancellationToken cancellationToken
    )
    {
        PackageVerification? all = null;
        var error = package.Error;
        try
        {
            if (error?.Code != ErrorCode.UnsafeDirectory)
                all = PackageCheck.Verify(package.Candidate.Path, policy, cancellationToken);
            error ??= all?.Error;
        }
        catch (KmException e)
        {
            error ??= e.Error;
        }

        var manifest = all?.IsVerified == true ? all.Manifest : null;
        var listing = PluginListing.From(package with { Error = error }, registry, disabled, context.Paths);
        return new PluginStatus
        {
            Plugin = listing,
            IsGood = error is null,
            Manifest = manifest,
            Description = manifest?.Description,
            Author = manifest?.Author,
            SignedBy = all?.Signer?.Name,
            Signer = all?.Signer?.Describe(),
            Root = all?.Signer?.Root.Source,
            RootFingerprint = all?.Signer?.Root.Fingerprint,
            IsDevelopmentRoot = all?.Signer?.Root.IsDevelopment ?? false,
            Checks = [.. all?.Gates.Select(CheckResult.From) ?? [], .. CheckResult.Of(context.Rules, all, package.Candidate.Origin)],
            Isolation = IsolationReport.OfThisMachine.ToString(),
            Limits = IsolationReport.OfThisMachine.Limits,
            MayUse = manifest is null ? [] : Capabilities.Describe(PluginPermissions.Of(manifest)),
            Advice = error?.Hint
                ?? listing.Status switch
                {
                    "superseded" => "Another package of this name goes first; remove this one if you do not need it.",
                    "disabled" => DisabledPlugins.Refusal(listing.Name).Hint,
                    _ => null,
                },
        };
    }
}

/// <summary>One gate of a verification, as shown.</summary>
internal sealed record CheckResult(string Gate, string Outcome, string Detail)
{
    /// <summary>What the policies say, where there are any.</summary>
    public static IReadOnlyList<CheckResult> Of(PluginPolicy rules, PackageVerification? package, PluginOrigin origin)
    {
        if (rules == PluginPolicy.None)
            return [];
        if (package?.Signer is null || package.Unverified is null)
            return [new("policy", "not reached", "")];
        return
        [
            PolicyGate.Check(rules, package, origin) is { } refusal
                ? new("policy", "failed", refusal.Detail ?? refusal.Summary)
                : new("policy", "passed", string.Join(", ", rules.Documents.Select(document => document.Path))),
        ];
    }

    public static CheckResult From(GateResult gate) =>
        new(
            gate.Gate.ToString().ToLowerInvariant(),
            gate.Outcome switch
            {
                GateOutcome.Passed => "passed",
                GateOutcome.Failed => "failed",
                _ => "not reached",
            },
            gate.Detail
        );
}
