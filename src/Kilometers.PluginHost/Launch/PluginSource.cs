using Kilometers.Contracts;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Discovery;
using Kilometers.PluginHost.Installation;
using Kilometers.PluginHost.Policies;

namespace Kilometers.PluginHost.Launch;

/// <summary>Where a plugin's executable comes from, and how it is made ready to be started.</summary>
internal abstract class PluginSource
{
    /// <summary>What to call the plugin before it has said its name.</summary>
    public abstract string Label { get; }

    /// <summary>
    /// Its name and what exactly would be started, once that is decided: sessions that agree in it may share a process. Null where each
    /// session starts its own, as of what may be built again between two sessions.
    /// </summary>
    public virtual (string Name, string Program)? Shareable => null;

    /// <summary>Makes the executable ready; blocks.</summary>
    /// <param name="runDirectory">The plugin's own run directory.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KmException">It must not be started.</exception>
    public abstract PreparedPlugin Prepare(string runDirectory, CancellationToken cancellationToken);
}

/// <summary>An executable that may be started now.</summary>
/// <param name="Executable">Its full path.</param>
/// <param name="Verification">The verification of exactly these bytes; null for a plugin under development.</param>
/// <param name="State">The directory that it keeps its files in; null if it asks for none.</param>
internal sealed record PreparedPlugin(string Executable, PackageVerification? Verification, string? State = null);

/// <summary>An unsigned executable that its developer named on the command line.</summary>
internal sealed class DevelopmentSource(string path) : PluginSource
{
    public override string Label => Path.GetFileName(path);

    private const int MaxProgramsNamed = 3;

    public override PreparedPlugin Prepare(string runDirectory, CancellationToken cancellationToken) =>
        Directory.Exists(path)
            ? throw new KmException(LaunchErrors.IsFolder(path, Programs()))
            : new PreparedPlugin(Path.GetFullPath(path), null);

    /// <summary>What could have been meant: programs called like plugins, in the folder or in what a build left in it.</summary>
    private List<string> Programs()
    {
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            MaxRecursionDepth = 4,
            IgnoreInaccessible = true,
            AttributesToSkip = FileAttributes.ReparsePoint,
        };
        return
        [
            .. Directory
                .EnumerateFiles(path, "km-plugin-*", options)
                .Where(file => Path.GetExtension(file) is "" or ".exe")
                .Order(StringComparer.Ordinal)
                .Take(MaxProgramsNamed),
        ];
    }
}

/// <summary>
/// A signed package. All gates are passed at every launch, and what is started are the files that were unpacked from the verified bytes
/// into the session's private directory: nothing that others could have exchanged since.
/// </summary>
internal sealed class CandidateSource(PackageCandidate candidate, StateFolders states) : PluginSource
{
    private VerificationPolicy? _policy;
    private PluginPolicy? _rules;
    private string _statementDigest = "";
    private PackageVerification? _front;

    public PackageCandidate Candidate => candidate;

    public override string Label => candidate.Label;

    /// <summary>The file, what is signed in it, and who signed that: all that the launch proves.</summary>
    public override (string Name, string Program)? Shareable =>
        _front is { Signer: { } signer } front
            ? (front.Manifest.Name, $"{candidate.Origin}\n{candidate.Path}\n{_statementDigest}\n{signer.Describe()}")
            : null;

    /// <summary>The decision to launch it; until that is made it cannot be prepared.</summary>
    /// <param name="policy">What it will be held against.</param>
    /// <param name="rules">What the administrator and the user allow.</param>
    /// <param name="package">The package that was decided about.</param>
    public void Allow(VerificationPolicy policy, PluginPolicy rules, PackageVerification package)
    {
        _policy = policy;
        _rules = rules;
        _statementDigest = package.StatementDigest;
        _front = package;
    }

    public override PreparedPlugin Prepare(string runDirectory, CancellationToken cancellationToken)
    {
        var policy = _policy ?? throw new KmException(new KmError(ErrorCode.Internal, $"Plugin '{Label}' was not decided about"));
        var files = Path.Combine(runDirectory, "files");
        Files.PrivateFile.CreateDirectory(files);
        var copyPath = Path.Combine(runDirectory, "package");
        try
        {
            using var package = PackageOpener.Open(candidate.Path);
            using var copy = Files.PrivateFile.CreateNew(copyPath);
            var verification = new PackageVerifier(policy).Verify(package, copy, files, null, cancellationToken);
            if (verification.Error is { } error)
                throw new KmException(Refusal.Explain(error, verification.Unverified, Label));
            if (!verification.IsVerified)
                throw new KmException(new KmError(ErrorCode.Internal, $"A gate was skipped for plugin '{Label}'"));
            if (verification.StatementDigest != _statementDigest)
                throw new KmException(
                    new KmError(
                        ErrorCode.PayloadDigest,
                        $"Plugin '{Label}' was exchanged while it was being started",
                        Hint: "Start the session again."
                    )
                );

            // Program and manifest are the same, but another may have signed for them since.
            if (PolicyGate.Check(_rules!, verification, candidate.Origin) is { } refusal)
                throw new KmException(refusal);
            var manifest = verification.Manifest;
            var state = manifest.Capabilities.StateDirectory ? states.Claim(manifest.Name, verification.Signer!.Publisher) : null;
            return new PreparedPlugin(Path.Combine(files, manifest.Entrypoint), verification, state);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KmException(
                new KmError(
                    ErrorCode.PluginNotStarted,
                    $"Plugin '{Label}' could not be unpacked",
                    e.Message,
                    $"Check permissions and space of {Path.GetDirectoryName(runDirectory)}"
                )
            );
        }
        finally
        {
            File.Delete(copyPath);
        }
    }
}
