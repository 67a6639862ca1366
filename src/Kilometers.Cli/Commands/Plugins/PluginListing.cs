using System.Globalization;
using System.Text.Json.Serialization;
using Kilometers.Credentials;
using Kilometers.Packaging.Trust;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Consent;
using Kilometers.PluginHost.Discovery;
using Kilometers.PluginHost.Installation;
using Kilometers.PluginHost.Policies;

namespace Kilometers.Cli.Commands.Plugins;

/// <summary>One plugin as <c>km plugins list</c> shows it; also its JSON.</summary>
internal sealed record PluginListing
{
    public required string Name { get; init; }

    /// <summary>Null where no signature vouches for it.</summary>
    public string? Version { get; init; }

    public string? Tier { get; init; }

    /// <summary><c>ready</c>, <c>disabled</c>, <c>refused</c> or <c>superseded</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Why it is refused.</summary>
    public string? Code { get; init; }

    public string? Reason { get; init; }

    public DateTimeOffset? LastAuth { get; init; }

    /// <summary>Whose it is: the organization that signed it. Null where no trusted signer vouches for it.</summary>
    public string? Publisher { get; init; }

    /// <summary>The root that vouches for the publisher.</summary>
    public string? Root { get; init; }

    /// <summary>Both in a few words, for people.</summary>
    [JsonIgnore]
    public string? Signature { get; init; }

    /// <summary>What the user agreed that it may do; null where an administrator decided, or nobody did.</summary>
    public IReadOnlyList<string>? AgreedTo { get; init; }

    /// <summary>When the user agreed; null where that is not known.</summary>
    public DateTimeOffset? AgreedAt { get; init; }

    /// <summary><c>user</c>, <c>system</c> or <c>project</c>.</summary>
    public required string Origin { get; init; }

    public required string Path { get; init; }

    /// <summary>Looks at everything that is there.</summary>
    public static IReadOnlyList<PluginListing> Read(CommandContext context)
    {
        var (found, registry) = Find(context, context.Policy(out _));
        var disabled = new DisabledPlugins(context.Paths.Disabled).Read();
        return [.. found.Select(package => From(package, registry, disabled, context.Paths))];
    }

    public static (IReadOnlyList<FoundPackage> Found, PluginRegistry Registry) Find(CommandContext context, VerificationPolicy policy)
    {
        var registry = PluginRegistry.Read(context.Paths.Registry, out var isDamaged);
        if (isDamaged)
        {
            context.Errors.Warn(
                new Contracts.KmError(
                    Contracts.ErrorCode.DamagedRegistry,
                    "The registry is damaged; what is shown comes from the packages themselves",
                    context.Paths.Registry,
                    "The next installation rewrites it."
                )
            );
        }

        var discovery = new PluginDiscovery(context.Paths);
        var candidates = discovery.List();
        foreach (var warning in discovery.Warnings.Concat(context.Rules.Problems))
            context.Errors.Warn(warning);
        var view = context.Entitlements().Known();
        return (
            [
                .. discovery
                    .Resolve(candidates, new PackageVerifier(policy))
                    .Select(package => EntitlementGate.Apply(PolicyGate.Apply(package, context.Rules), view)),
            ],
            registry
        );
    }

    public static PluginListing From(FoundPackage package, PluginRegistry registry, IReadOnlySet<string> disabled, PluginPaths paths)
    {
        var isFront = package.Front is { IsFrontVerified: true };
        var isUsers = package.Candidate.Origin == PluginOrigin.User;
        var registered = isUsers ? registry.Plugins.GetValueOrDefault(package.Name) : null;
        var known = isUsers
            ? KnownPlugin.Of(registered, package.Front)
            : KnownPlugin.Of(TrustedProjects.Read(paths.TrustedProjects), paths, package);
        return new()
        {
            Name = package.Name,
            Version = isFront ? package.Front!.Unverified!.Version : null,
            Tier = isFront ? package.Front!.Unverified!.RequiredTier : null,
            Status = package.MayLaunch
                ? disabled.Contains(package.Name)
                    ? "disabled"
                    : "ready"
                : package.IsSuperseded
                    ? "superseded"
                    : "refused",
            Code = package.Error?.Code,
            Reason = package.Error?.Summary,
            Publisher = package.Front?.Signer?.Publisher.Organization,
            Root = package.Front?.Signer?.Root.Describe(),
            Signature = package.Front?.Signer is { } signer
                ? $"{signer.Publisher.Organization} (root {signer.Root.DescribeOrigin()}, {TrustRoot.Short(signer.Root.Fingerprint)})"
                : null,
            LastAuth = registered?.LastAuthenticated,
            AgreedTo = known.Agreed is { } agreed ? Capabilities.Describe(agreed) : null,
            AgreedAt = known.At,
            Origin = package.Candidate.Origin.ToString().ToLowerInvariant(),
            Path = package.Candidate.Path,
        };
    }

    /// <summary>A point in time as people read it.</summary>
    public static string When(DateTimeOffset? time) =>
        time is { } known ? known.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) : "never";
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(IReadOnlyList<PluginListing>))]
[JsonSerializable(typeof(IReadOnlyList<PluginStatus>))]
[JsonSerializable(typeof(PluginSettingsReport))]
[JsonSerializable(typeof(IReadOnlyList<TrustListing>))]
[JsonSerializable(typeof(AuditVerdict))]
[JsonSerializable(typeof(IReadOnlyList<RefreshListing>))]
[JsonSerializable(typeof(IReadOnlyList<SettingListing>))]
[JsonSerializable(typeof(PolicyListing))]
[JsonSerializable(typeof(IReadOnlyList<SignInSummary>))]
[JsonSerializable(typeof(AccountStatus))]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(ActionReport))]
[JsonSerializable(typeof(UpdateReport))]
[JsonSerializable(typeof(ErrorReport))]
[JsonSerializable(typeof(VersionReport))]
[JsonSerializable(typeof(Completion.CompletionScript))]
[JsonSerializable(typeof(Help.HelpText))]
[JsonSerializable(typeof(DoneReport))]
[JsonSerializable(typeof(Uninstall.UninstallReport))]
[JsonSerializable(typeof(Doctor.DoctorReport))]
[JsonSerializable(typeof(WitnessListing))]
[JsonSerializable(typeof(InstallReport))]
[JsonSerializable(typeof(InitReport))]
[JsonSerializable(typeof(SettingListing))]
[JsonSerializable(typeof(TrustListing))]
internal sealed partial class CommandJsonContext : JsonSerializerContext;

/// <summary>The same, each on one line.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(StatusReport))]
internal sealed partial class CommandJsonLines : JsonSerializerContext;
