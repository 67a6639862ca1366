using System.Security.Cryptography;
using Kilometers.Audit;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Files;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Consent;
using Kilometers.PluginHost.Discovery;
using Kilometers.PluginHost.Policies;

namespace Kilometers.PluginHost.Installation;

/// <summary>
/// Installs the user's packages. An installed plugin is its package, <c>plugins/NAME.kmpkg</c>, whole and signed: one rename
/// is the only moment that matters, and what is launched is verified from the same bytes again.
/// </summary>
internal sealed class PluginInstaller(PluginPaths paths, AuditLog audit, TimeProvider time, PluginTestStart? testStart = null)
{
    private const string Staging = ".staging-";
    private readonly StateFolders _states = new(paths.State);

    /// <summary>Verifies a package, starts its plugin once, and puts it in its place.</summary>
    /// <param name="path">The package.</param>
    /// <param name="policy">What it is held against.</param>
    /// <param name="confirm">Asks the user where that is needed; returns why it must not be installed, null if it may.</param>
    /// <param name="progress">Gets the bytes read.</param>
    /// <param name="keepFailed">Asks whether a first version that failed its test start is kept all the same; null: it never is.</param>
    /// <param name="cancellationToken">Gives up; nothing is changed.</param>
    /// <returns>What was installed.</returns>
    /// <exception cref="KmException">It was not: the package was refused, the user did not agree, or nothing can be written.</exception>
    public async Task<InstalledPackage> InstallAsync(
        string path,
        VerificationPolicy policy,
        Func<ConsentRequest, KmError?> confirm,
        IProgress<long>? progress,
        Func<KmError, bool>? keepFailed,
        CancellationToken cancellationToken
    )
    {
        // Read here, so that nobody who installs can forget it.
        var rules = PolicyFiles.Read(paths);
        if (rules.Problems is [var problem, ..])
            throw Deny(Path.GetFileName(path), null, problem);
        var staging = Path.Combine(paths.Plugins, Staging + RandomNumberGenerator.GetHexString(16, lowercase: true));
        try
        {
            using var source = OpenAudited(path);
            PrivateFile.CreateDirectory(paths.Plugins);
            if (DirectoryGuard.Check(paths.Plugins) is { } unsafeDirectory)
                throw Deny(Path.GetFileName(path), null, unsafeDirectory);
            using var copy = await CreateStagingAsync(staging, cancellationToken).ConfigureAwait(false);
            var verification = new PackageVerifier(policy).Verify(source, copy, null, progress, cancellationToken);
            if (verification.Error is { } error)
                throw Deny(verification.Unverified?.Name ?? Path.GetFileName(path), verification, error);
            if (!verification.IsVerified)
                throw Deny(Path.GetFileName(path), verification, new KmError(ErrorCode.Internal, "A gate was skipped"));
            if ((PolicyGate.Check(rules, verification, PluginOrigin.User) ?? PolicyGate.CheckRequired(rules, verification)) is { } refusal)
                throw Deny(verification.Manifest.Name, verification, refusal);
            var known = KnownPlugin.Read(paths, verification.Manifest.Name, policy);
            var request = new ConsentRequest
            {
                Package = verification,
                Agreed = known.Agreed,
                Owner = known.Publisher,
            };
            if (confirm(request) is { } objection)
                throw Deny(verification.Manifest.Name, verification, objection);
            if (request.Replaced is { } replaced)
                _states.Claim(verification.Manifest.Name, replaced);
            var (tested, failure) = await TestStartAsync(copy, policy, verification, keepFailed, cancellationToken).ConfigureAwait(false);
            copy.Flush(flushToDisk: true);
            await CommitAsync(copy, request, policy, request.IsNeeded ? time.GetUtcNow() : known.At, cancellationToken)
                .ConfigureAwait(false);
            return new InstalledPackage(verification, tested, failure);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KmException(
                new KmError(
                    ErrorCode.InstallationFailed,
                    "Nothing was installed: the package cannot be stored",
                    e.Message,
                    $"Check permissions and space of {paths.Plugins}"
                )
            );
        }
        finally
        {
            TryDelete(staging);
        }
    }

    /// <summary>Whether the user has installed a plugin.</summary>
    public bool IsInstalled(string name) => PluginName.IsValid(name) && File.Exists(paths.PackageOf(name));

    public static KmException NotInstalled(string name) =>
        new(new KmError(ErrorCode.NotInstalled, $"Plugin '{name}' is not installed", Hint: "See: km plugins list"));

    /// <summary>Within the lock: between its making and its locking a file looks like one that a killed km left.</summary>
    private async Task<FileStream> CreateStagingAsync(string staging, CancellationToken cancellationToken)
    {
        using var held = await InstallationLock.TakeAsync(paths, time, cancellationToken).ConfigureAwait(false);
        return PrivateFile.CreateNew(staging);
    }

    /// <summary>
    /// Before anything is exchanged: a newer version that cannot start never takes the place of one that was installed. Of a first version
    /// there is nothing to go back to, so the user decides.
    /// </summary>
    /// <returns>What the start showed, or why it failed and is installed all the same.</returns>
    private async Task<(TestStartResult? Result, KmError? Failure)> TestStartAsync(
        FileStream copy,
        VerificationPolicy policy,
        PackageVerification verification,
        Func<KmError, bool>? keepFailed,
        CancellationToken cancellationToken
    )
    {
        if (testStart is null)
            return default;
        try
        {
            return (await testStart.RunAsync(copy, policy, cancellationToken).ConfigureAwait(false), null);
        }
        catch (KmException e)
        {
            var name = verification.Manifest.Name;
            var isInstalled = IsInstalled(name);
            var failure = e.Error with { Summary = $"it failed its test start: {e.Error.Summary}" };
            if (!isInstalled && keepFailed?.Invoke(failure) == true)
                return (
                    null,
                    failure with
                    {
                        Hint = $"It is installed all the same; each session tries to start it. To remove it: km plugins remove {name}",
                    }
                );
            var again = e.Error.Code is ErrorCode.PluginStartTimeout or ErrorCode.PluginNotStarted ? " On a busy machine, try again." : "";
            throw Deny(
                name,
                verification,
                failure with
                {
                    Hint =
                        $"{(isInstalled ? "The version that was installed before is unchanged." : "Nothing was installed.")}{again} To install without a test start: KM_TEST_START=false km plugins install FILE",
                }
            );
        }
    }

    private async Task CommitAsync(
        FileStream copy,
        ConsentRequest request,
        VerificationPolicy policy,
        DateTimeOffset? agreedAt,
        CancellationToken cancellationToken
    )
    {
        var verification = request.Package;
        using var held = await InstallationLock.TakeAsync(paths, time, cancellationToken).ConfigureAwait(false);
        CleanStaging(copy.Name);
        var manifest = verification.Manifest;
        var registry = PluginRegistry.Read(paths.Registry, out _);

        // Another km may have installed or removed it since the user was asked, or since a newer one passed the gate.
        var known = KnownPlugin.Read(paths, manifest.Name, policy);
        var now = request with { Agreed = known.Agreed, Owner = known.Publisher };
        if ((now.IsNeeded && !request.IsNeeded) || (now.Replaced is not null && now.Replaced != request.Replaced))
        {
            var changed = new KmError(
                ErrorCode.ConsentNeeded,
                "Not installed: another km changed the installed plugins at the same time",
                Hint: "Run it again."
            );
            throw Deny(manifest.Name, verification, changed);
        }

        var highest = registry.HighestSequence(manifest.Name);
        if (manifest.ReleaseSequence < highest && !policy.AllowDowngrade)
            throw Deny(
                manifest.Name,
                verification,
                new KmError(
                    ErrorCode.Downgrade,
                    "Older than what was installed",
                    $"Release {highest} of {manifest.Name} was installed at the same time.",
                    "To go back on purpose: km plugins install FILE --allow-downgrade"
                )
            );
        audit.Append(Record(AuditDecision.Allowed, manifest.Name, verification, null) with { Detail = Describe(request, highest) });
        if (manifest.ReleaseSequence < highest)
        {
            // Lowered before the older package comes: a crash between leaves the newer one, which still is not below it.
            registry.Plugins[manifest.Name] = registry.Plugins[manifest.Name] with { HighestSequence = manifest.ReleaseSequence };
            registry.Write(paths.Registry);
        }

        if (manifest.Capabilities.StateDirectory)
            _states.Claim(manifest.Name, verification.Signer!.Publisher);

        // Open, it is locked: a session that starts now could not read it. Nobody cleans while we hold the lock.
        await copy.DisposeAsync().ConfigureAwait(false);
        File.Move(copy.Name, paths.PackageOf(manifest.Name), overwrite: true);
        PrivateFile.FlushDirectory(paths.Plugins);
        registry.Plugins[manifest.Name] = new RegisteredPlugin
        {
            Version = manifest.Version,
            PayloadDigest = verification.PayloadDigest,
            Installed = time.GetUtcNow(),
            HighestSequence = manifest.ReleaseSequence,
            Agreed = PluginPermissions.Of(manifest),
            AgreedAt = agreedAt,
            Publisher = verification.Signer!.Publisher,
        };
        registry.Write(paths.Registry);
    }

    /// <summary>What is special about an installation, for the audit log; null: nothing.</summary>
    private static string? Describe(ConsentRequest request, long highest)
    {
        List<string> special = [];
        if (request.Package.Manifest.ReleaseSequence < highest)
            special.Add($"downgrade from release {highest}, as asked");
        if (request.Replaced is { } replaced)
            special.Add($"the name is taken from {replaced} by {request.Package.Signer!.Publisher}, as asked");
        if (request.Gain is { } gain)
            special.Add($"agreed that it may also {string.Join(", ", gain.Describe(null))}");
        return special.Count == 0 ? null : string.Join("; ", special);
    }

    /// <summary>Every refusal leaves one record, and says so if it cannot.</summary>
    private KmException Deny(string name, PackageVerification? verification, KmError error)
    {
        audit.Append(Record(AuditDecision.Denied, PluginName.IsValid(name) ? name : null, verification, error));
        return new KmException(error);
    }

    private FileStream OpenAudited(string path)
    {
        try
        {
            return PackageOpener.Open(path);
        }
        catch (KmException e)
        {
            throw Deny(Path.GetFileName(path), null, e.Error);
        }
    }

    private static AuditRecord Record(AuditDecision decision, string? name, PackageVerification? verification, KmError? error) =>
        new()
        {
            Event = "plugin.install",
            Decision = decision,
            Plugin = name,
            Version = verification?.Unverified?.Version,
            Digest = verification?.PayloadDigest is { Length: > 0 } digest ? digest : null,
            Code = error?.Code,
            Detail = error?.Detail ?? error?.Summary,
        };

    /// <summary>Removes what a killed km left. One that still works holds its file open and locked.</summary>
    private void CleanStaging(string own)
    {
        foreach (var file in Directory.EnumerateFiles(paths.Plugins, Staging + "*").Where(file => file != own))
        {
            try
            {
                using (new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None)) { }

                File.Delete(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Somebody works on it.
            }
        }
    }

    private static void TryDelete(string staging)
    {
        try
        {
            File.Delete(staging);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next installation removes it.
        }
    }
}
