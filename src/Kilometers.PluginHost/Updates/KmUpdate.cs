using Kilometers.Audit;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Trust;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Api;
using Kilometers.PluginHost.Discovery;
using Kilometers.PluginHost.Installation;

namespace Kilometers.PluginHost.Updates;

/// <summary>
/// Replaces km by a release from the API: gets it, takes it through every gate, starts it once beside the present program, and only then
/// renames it into place, starts it again there, and takes it back if it does not run. What a failure leaves is the program that was.
/// </summary>
internal sealed class KmUpdate(PluginPaths paths, KmProgram program, AuditLog audit, TimeProvider time)
{
    private const string Event = "cli.update";

    /// <summary>Gets a release and puts it in the program's place.</summary>
    /// <param name="release">What the API offers.</param>
    /// <param name="api">The API.</param>
    /// <param name="policy">What the release is held against; its kind is set here.</param>
    /// <param name="progress">Gets the bytes that came.</param>
    /// <param name="cancellationToken">Gives up, until the release was verified.</param>
    /// <returns>Who signed it; null: another km had put this very version in place already.</returns>
    /// <exception cref="KmException">It was not done; the program is as it was.</exception>
    public async Task<TrustedSigner?> RunAsync(
        KmReleaseRecord release,
        ApiClient api,
        VerificationPolicy policy,
        IProgress<long>? progress,
        CancellationToken cancellationToken
    )
    {
        try
        {
            using var held = program.Lock();
            program.CleanUp();
            var present = ProgramProof.Run(program.Path).Version;
            if (present == release.Version)
                return null;
            var wanted = new WantedPackage
            {
                Id = release.Id,
                Name = KmRelease.Name,
                Url = release.DownloadUrl,
                Size = release.Size,
                Sha256 = release.Sha256,
            };
            var file = await new PackageDownload(paths.KmDownloads, api)
                .GetAsync(wanted, progress, cancellationToken)
                .ConfigureAwait(false);
            var verification = Stage(file, release, policy with { Kind = PackageKind.Km }, cancellationToken);
            if (WhyUnfit(program.Fresh, verification) is { } why)
            {
                File.Delete(program.Fresh);
                throw Deny(
                    verification,
                    new KmError(
                        ErrorCode.UpdateDoesNotStart,
                        $"km {verification.Manifest.Version} does not run on this machine: nothing was changed",
                        why,
                        "Report this to its publisher. This km stays in use until then."
                    )
                );
            }

            await NoteAsync(verification, policy.AllowDowngrade, cancellationToken).ConfigureAwait(false);
            program.Replace();
            if (WhyUnfit(program.Path, verification) is { } reason)
            {
                program.TakeBack();
                throw Deny(
                    verification,
                    new KmError(
                        ErrorCode.UpdateDoesNotStart,
                        $"km {verification.Manifest.Version} does not run in its place: the earlier km is back",
                        reason,
                        "Report this to its publisher. This km stays in use until then."
                    )
                );
            }

            program.KeepBeside(release.Version, present ?? release.Version);
            foreach (var part in Directory.EnumerateFiles(paths.KmDownloads, "*.part"))
                File.Delete(part);
            return verification.Signer;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(e);
        }
    }

    /// <summary>Puts the program from before the last update back; another call takes that back.</summary>
    /// <returns>Its version.</returns>
    /// <exception cref="KmException">There is none, or it does not run; the program is as it was.</exception>
    public string RollBack()
    {
        try
        {
            using var held = program.Lock();
            program.CleanUp();
            if (!File.Exists(program.Previous))
                throw new KmException(
                    new KmError(
                        ErrorCode.NoPreviousProgram,
                        "There is no earlier km to go back to",
                        $"{program.Previous} is not there.",
                        "Name a version instead: km update --version VERSION --allow-downgrade"
                    )
                );
            var (version, why) = ProgramProof.Run(program.Previous);
            if (version is null)
                throw Deny(null, new KmError(ErrorCode.UpdateDoesNotStart, "The earlier km does not run: nothing was changed", why));
            audit.Append(
                new AuditRecord
                {
                    Event = "cli.rollback",
                    Decision = AuditDecision.Allowed,
                    Version = version,
                    Detail = program.Path,
                }
            );
            program.Exchange();
            return version;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(e);
        }
    }

    /// <summary>Verifies a release and makes its program the one that is to come.</summary>
    private PackageVerification Stage(string file, KmReleaseRecord release, VerificationPolicy policy, CancellationToken cancellationToken)
    {
        var staging = program.CreateStaging();
        try
        {
            // Nothing of it is used before it is verified, and what is used comes from this copy.
            var files = Path.Combine(staging, "files");
            Kilometers.Files.PrivateFile.CreateDirectory(files);
            using var package = PackageOpener.Open(file);
            using var copy = Kilometers.Files.PrivateFile.CreateNew(Path.Combine(staging, "package"));
            var verification = new PackageVerifier(policy).Verify(package, copy, files, progress: null, cancellationToken);
            if (verification.Error is not null || !verification.IsVerified)
            {
                // It would be refused again: the next attempt downloads it again.
                File.Delete(file);
                throw Deny(
                    verification,
                    verification.Error is { } error
                        ? error with
                        {
                            Hint = Hint(error, release),
                        }
                        : new KmError(ErrorCode.Internal, "A gate was skipped")
                );
            }

            var manifest = verification.Manifest;
            if (manifest.Version != release.Version || manifest.ReleaseSequence != release.ReleaseSequence)
                throw Deny(
                    verification,
                    new KmError(
                        ErrorCode.ApiAnswer,
                        "The API offered one release and sent another",
                        $"It is km {manifest.Version}, not {release.Version}.",
                        "Try again; if it still fails, tell the operator of the API."
                    )
                );
            foreach (var name in KmRelease.ProgramsBeside(manifest.Version, manifest.Os))
                if (Path.Combine(files, name) is var beside && File.Exists(beside))
                    program.PrepareBeside(beside);
            program.Prepare(Path.Combine(files, manifest.Entrypoint));
            return verification;
        }
        finally
        {
            Directory.Delete(staging, recursive: true);
        }
    }

    /// <summary>What to do about a package is not always what to do about km.</summary>
    private static string? Hint(KmError error, KmReleaseRecord release) =>
        error.Code switch
        {
            ErrorCode.UntrustedChain =>
                "A release is taken under the root that is built into km, or one of /etc/km/trust.d. Ask the operator of the API.",
            ErrorCode.Downgrade => $"To go back on purpose: km update --version {release.Version} --allow-downgrade",
            ErrorCode.CliVersion => "Update to a version between the two first: km update --version VERSION",
            ErrorCode.Platform or ErrorCode.StatementType or ErrorCode.SignerRole => "Ask the operator of the API.",
            _ => error.Hint,
        };

    private static string? WhyUnfit(string path, PackageVerification verification)
    {
        var (version, why) = ProgramProof.Run(path);
        return version is null ? why
            : version == verification.Manifest.Version ? null
            : $"It says that it is km {version}.";
    }

    /// <summary>
    /// Records the decision, and how far releases have come: before the program is replaced, so that no crash leaves a new program behind
    /// of which nothing is known. That a crash leaves a note of what did not come to be forbids nothing but what is older.
    /// </summary>
    private async Task NoteAsync(PackageVerification verification, bool allowDowngrade, CancellationToken cancellationToken)
    {
        using var held = await InstallationLock.TakeAsync(paths, time, cancellationToken).ConfigureAwait(false);
        var registry = PluginRegistry.Read(paths.Registry, out _);
        var highest = registry.HighestSequence(KmRelease.Name);
        var sequence = verification.Manifest.ReleaseSequence;
        audit.Append(
            Record(AuditDecision.Allowed, verification, null) with
            {
                Detail = $"{program.Path}{(allowDowngrade ? ", downgrades allowed" : "")}",
            }
        );
        if (sequence == highest)
            return;
        registry.Plugins[KmRelease.Name] = new RegisteredPlugin
        {
            HighestSequence = allowDowngrade ? sequence : Math.Max(sequence, highest),
        };
        registry.Write(paths.Registry);
    }

    private KmException Deny(PackageVerification? verification, KmError error)
    {
        audit.Append(Record(AuditDecision.Denied, verification, error));
        return new KmException(error);
    }

    private static AuditRecord Record(AuditDecision decision, PackageVerification? verification, KmError? error) =>
        new()
        {
            Event = Event,
            Decision = decision,
            Version = verification?.Unverified?.Version,
            Digest = verification?.PayloadDigest is { Length: > 0 } digest ? digest : null,
            Code = error?.Code,
            Detail = error?.Detail ?? error?.Summary,
        };

    private KmException Failed(Exception e) =>
        new(
            new KmError(
                ErrorCode.UpdateFailed,
                "km was not replaced",
                e.Message,
                $"Check the permissions and the space of {Path.GetDirectoryName(program.Path)} and {paths.Home}"
            )
        );
}
