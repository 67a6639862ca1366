using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Trust;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Discovery;
using Kilometers.PluginHost.Launch;

namespace Kilometers.PluginHost.Policies;

/// <summary>
/// Whether the policies allow a plugin: the gate behind those of its package. It stands before the entitlement, which changes with time: what
/// a policy refuses, the API is not asked about.
/// </summary>
internal static class PolicyGate
{
    /// <summary>A package that was found, with the refusal that the policies add.</summary>
    public static FoundPackage Apply(FoundPackage package, PluginPolicy policy)
    {
        var isOpen = package.Error is null || EntitlementGate.IsAbout(package.Error);
        return isOpen && package.Front is { } front && Check(policy, front, package.Candidate.Origin) is { } refusal
            ? package with
            {
                Error = refusal,
            }
            : package;
    }

    /// <param name="policy">What holds.</param>
    /// <param name="package">A package; only the signed statement of a trusted signer counts.</param>
    /// <param name="origin">Where it lies.</param>
    /// <returns>Why it must not run; null if it may.</returns>
    public static KmError? Check(PluginPolicy policy, PackageVerification package, PluginOrigin origin)
    {
        if (package is not { Signer: { } signer, Unverified: { } manifest })
            return null;
        if (policy.Problems is [var problem, ..])
            return Broken(manifest.Name, problem);
        foreach (var document in policy.Documents)
        {
            if (Check(document, manifest, package.PayloadDigest, signer, origin) is not var (code, why))
                continue;
            return new KmError(code, $"Plugin '{manifest.Name}' is refused: {why}", $"Decided by {document.Path}", Hint(document));
        }

        return CheckIsolation(policy, manifest.Name, IsolationReport.OfThisMachine.Reached);
    }

    /// <param name="policy">What holds.</param>
    /// <param name="plugin">The plugin, for the words.</param>
    /// <param name="layers">The layers that it has, or would have.</param>
    /// <returns>Why it must not run with these alone; null if it may.</returns>
    public static KmError? CheckIsolation(PluginPolicy policy, string plugin, IReadOnlyList<string> layers)
    {
        foreach (var document in policy.Documents)
        {
            if (document.RequiredIsolation?.FirstOrDefault(layer => !layers.Contains(layer, StringComparer.Ordinal)) is not { } missing)
                continue;
            return new KmError(
                ErrorCode.PolicyIsolation,
                $"Plugin '{plugin}' is refused: policy requires isolation layer {missing}, which it would not have here",
                $"Decided by {document.Path}",
                Hint(document)
            );
        }

        return null;
    }

    /// <summary>With a version that a policy's <c>require</c> leaves out no session starts: it must not replace one with which sessions do.</summary>
    /// <param name="policy">What holds.</param>
    /// <param name="package">A verified package that is to be installed.</param>
    /// <returns>Why it must not be installed; null if it may.</returns>
    public static KmError? CheckRequired(PluginPolicy policy, PackageVerification package)
    {
        if (package.Unverified is not { } manifest)
            return null;
        var objecting = policy.Documents.FirstOrDefault(document =>
            document.RequiredPlugins?.Any(rule => rule.Name == manifest.Name && !rule.Covers(manifest, package.PayloadDigest)) == true
        );
        if (objecting is null)
            return null;
        var summary = $"Plugin '{manifest.Name}' is refused: policy requires another version of it than {manifest.Version}";
        return new KmError(ErrorCode.PolicyPlugin, summary, $"Decided by {objecting.Path}", Hint(objecting));
    }

    /// <returns>Why an unsigned plugin under development must not run; null if it may.</returns>
    public static KmError? CheckDevelopment(PluginPolicy policy, string label)
    {
        if (policy.Problems is [var problem, ..])
            return Broken(label, problem);
        var objecting = policy.Documents.FirstOrDefault(document => !document.AllowsDevelopment);
        if (objecting is not null)
            return new KmError(
                ErrorCode.PolicyDevelopment,
                $"Plugin '{label}' is refused: policy allows no plugins under development",
                $"Decided by {objecting.Path}",
                Hint(objecting)
            );
        return CheckIsolation(policy, label, IsolationReport.OfThisMachine.Reached);
    }

    private static (string Code, string Why)? Check(
        PolicyDocument policy,
        PluginManifest manifest,
        string digest,
        TrustedSigner signer,
        PluginOrigin origin
    )
    {
        if (policy.DeniedPlugins?.Any(rule => rule.Covers(manifest, digest)) == true)
            return (ErrorCode.PolicyPlugin, $"policy denies version {manifest.Version} of it");
        if (policy.AllowedPlugins?.Any(rule => rule.Covers(manifest, digest)) == false)
            return (ErrorCode.PolicyPlugin, $"version {manifest.Version} of it is not among the plugins that policy allows");
        if (policy.DeniedPublishers?.Any(rule => rule.Covers(signer)) == true)
            return (ErrorCode.PolicyPublisher, $"policy denies its publisher, {signer.Describe()}");
        if (policy.AllowedPublishers?.Any(rule => rule.Covers(signer)) == false)
            return (ErrorCode.PolicyPublisher, $"its publisher, {signer.Describe()}, is not among those that policy allows");
        if (policy.MaximumTier is { } maximum && (!TierText.TryParse(manifest.RequiredTier, out var tier) || tier > maximum))
            return (ErrorCode.PolicyTier, $"it is a {manifest.RequiredTier} plugin, and policy allows up to {maximum}");
        if (
            policy.AllowedFeatures is { } features
            // What a plugin can do without is looked at when it is used (Interceptors).
            && manifest.Features.FirstOrDefault(feature =>
                feature != PluginCapabilities.InterceptFeature && !features.Contains(feature, StringComparer.Ordinal)
            )
                is { } forbidden
        )
            return (ErrorCode.PolicyTier, $"it uses {forbidden}, which policy does not allow");
        return origin == PluginOrigin.Project && policy.ProjectPlugins == false
            ? (ErrorCode.PolicyProject, "policy allows no plugins of projects")
            : null;
    }

    private static KmError Broken(string plugin, KmError problem) =>
        problem with
        {
            Summary = $"Plugin '{plugin}' is refused: {char.ToLowerInvariant(problem.Summary[0])}{problem.Summary[1..]}",
        };

    private static string Hint(PolicyDocument policy) =>
        policy.Author == PolicyAuthor.Administrator
            ? "Ask your administrator; see: km policy show"
            : "It is your own policy: km policy show";
}
