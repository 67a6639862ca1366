using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Api;
using Kilometers.PluginHost.Consent;
using Kilometers.PluginHost.Discovery;

namespace Kilometers.PluginHost.Installation;

/// <summary>What a refresh did about one plugin.</summary>
internal enum RefreshOutcome
{
    /// <summary>It could not be brought up to date; the installed one, if any, is as it was.</summary>
    Failed = 0,

    /// <summary>It was not installed before.</summary>
    New,

    /// <summary>Another build or release was installed before.</summary>
    Updated,

    /// <summary>What is installed is what the API has.</summary>
    Current,

    /// <summary>It is installed, but the subscription does not include it (any more): it stays, and does not run.</summary>
    NotIncluded,

    /// <summary>It is installed and was revoked: it stays, and does not run.</summary>
    Revoked,
}

/// <param name="Name">The plugin.</param>
/// <param name="Version">The version that is installed now; null: none.</param>
/// <param name="Outcome">What was done.</param>
/// <param name="Error">Why it failed, or does not run.</param>
/// <param name="TestStart">What its test start showed, where it was installed now.</param>
internal sealed record RefreshedPlugin(
    string Name,
    string? Version,
    RefreshOutcome Outcome,
    KmError? Error = null,
    TestStartResult? TestStart = null
);

/// <summary>
/// Brings the user's packages to what the API has for the customer. One by one, each atomically; an interrupted download resumes
/// next time.
/// </summary>
internal sealed class PluginRefresh(PluginPaths paths, PluginInstaller installer, ApiClient api)
{
    private readonly PackageDownload _download = new(paths.Downloads, api);
    private readonly Dictionary<string, FoundPackage> _installed = new(StringComparer.Ordinal);

    /// <summary>Gets and installs.</summary>
    /// <param name="names">Plugins by name, or <c>all</c> alone.</param>
    /// <param name="policy">What packages are held against, with the current entitlement.</param>
    /// <param name="confirm">Asks the user about one package where that is needed; returns why it must not be installed, null if it may.</param>
    /// <param name="progress">Shows the download of one package.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>One for each plugin that the API has for the customer, and for each installed one that it has not.</returns>
    /// <exception cref="KmException">The API refused, or cannot be reached.</exception>
    public async Task<IReadOnlyList<RefreshedPlugin>> RunAsync(
        IReadOnlyList<string> names,
        VerificationPolicy policy,
        Func<ConsentRequest, KmError?> confirm,
        Func<ProvisionedPackage, IProgress<long>?> progress,
        CancellationToken cancellationToken
    )
    {
        var offered = (
            await api.ProvisionAsync(new ProvisionRequest { Platform = HostPolicy.Platform, Plugins = names }, cancellationToken)
                .ConfigureAwait(false)
        ).Packages;
        LookAtInstalled(policy);
        var done = new List<RefreshedPlugin>();
        foreach (var package in offered)
            done.Add(await RefreshAsync(package, policy, confirm, progress, cancellationToken).ConfigureAwait(false));
        if (names is not ["all"])
            return done;
        foreach (
            var (name, found) in _installed.Where(entry =>
                entry.Value.Front?.Unverified?.Customer is not null && offered.All(package => package.Name != entry.Key)
            )
        )
            done.Add(
                new RefreshedPlugin(
                    name,
                    found.Front!.Unverified!.Version,
                    found.Error?.Code == ErrorCode.Revoked ? RefreshOutcome.Revoked : RefreshOutcome.NotIncluded,
                    found.Error
                )
            );
        RemoveOldDownloads(offered);
        return done;
    }

    private async Task<RefreshedPlugin> RefreshAsync(
        ProvisionedPackage package,
        VerificationPolicy policy,
        Func<ConsentRequest, KmError?> confirm,
        Func<ProvisionedPackage, IProgress<long>?> progress,
        CancellationToken cancellationToken
    )
    {
        var installed = _installed.GetValueOrDefault(package.Name)?.Front?.Unverified;
        if (installed?.Customer?.BuildId == package.Id)
            return new(package.Name, installed.Version, RefreshOutcome.Current);

        // A free plugin that is there for everybody needs no copy of one's own.
        if (installed is { Customer: null } && installed.ReleaseSequence >= package.ReleaseSequence && _installed[package.Name].MayLaunch)
            return new(package.Name, installed.Version, RefreshOutcome.Current);
        try
        {
            var wanted = new WantedPackage
            {
                Id = package.Id,
                Name = PluginName.IsValid(package.Name) ? package.Name : "",
                Url = package.DownloadUrl,
                Size = package.Size,
                Sha256 = package.Sha256,
            };
            var file = await _download.GetAsync(wanted, progress(package), cancellationToken).ConfigureAwait(false);
            var done = await installer.InstallAsync(file, policy, confirm, null, null, cancellationToken).ConfigureAwait(false);
            File.Delete(file);
            return new(
                package.Name,
                done.Verification.Manifest.Version,
                installed is null ? RefreshOutcome.New : RefreshOutcome.Updated,
                null,
                done.TestStart
            );
        }
        catch (KmException e)
        {
            return new(package.Name, installed?.Version, RefreshOutcome.Failed, e.Error);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(
                package.Name,
                installed?.Version,
                RefreshOutcome.Failed,
                new KmError(
                    ErrorCode.InstallationFailed,
                    $"{package.Name} cannot be stored",
                    e.Message,
                    $"Check permissions and space of {paths.Downloads}"
                )
            );
        }
    }

    private void LookAtInstalled(VerificationPolicy policy)
    {
        var discovery = new PluginDiscovery(paths);
        foreach (
            var found in discovery.Resolve(
                [.. discovery.List().Where(candidate => candidate.Origin == PluginOrigin.User)],
                new PackageVerifier(policy)
            )
        )
            _installed[found.Name] = found;
    }

    /// <summary>Parts of builds that the API offers no more.</summary>
    private void RemoveOldDownloads(IReadOnlyList<ProvisionedPackage> offered)
    {
        if (!Directory.Exists(paths.Downloads))
            return;
        foreach (
            var file in Directory
                .EnumerateFiles(paths.Downloads, "*.part")
                .Where(file => offered.All(package => package.Id != Path.GetFileNameWithoutExtension(file)))
        )
            File.Delete(file);
    }
}
