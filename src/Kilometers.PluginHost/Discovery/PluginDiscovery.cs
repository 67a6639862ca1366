using Kilometers.Contracts;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Installation;

namespace Kilometers.PluginHost.Discovery;

/// <summary>
/// Finds the packages of the three directories and decides which of them may be launched: the user's goes before the system's, the
/// system's before the project's, and a project may only add names, never take one.
/// </summary>
internal sealed class PluginDiscovery(PluginPaths paths)
{
    private const string Ending = ".kmpkg";

    /// <summary>A project is a checkout of somebody else's: how much of it is looked at, whatever it holds.</summary>
    private const int MaxProjectPackages = 16;

    /// <summary>Entries of a project's plugins folder that are looked at.</summary>
    private const int MaxProjectEntries = 1024;
    private readonly List<KmError> _warnings = [];

    /// <summary>Directories that were left out, and why.</summary>
    public IReadOnlyList<KmError> Warnings => _warnings;

    /// <summary>Whether the current directory is a project: where it was deleted, or its plugins folder is the user's or the system's, it is not.</summary>
    private bool IsProject => paths.ProjectPlugins is { } project && project != paths.Plugins && project != paths.SystemPlugins;

    /// <summary>The packages' files, without opening any.</summary>
    public IReadOnlyList<PackageCandidate> List() => List(IsProject);

    /// <summary>
    /// The same for a session, fast enough for the way of its first byte: of a project that the user has not agreed to nothing is looked
    /// at, because nothing of it can run.
    /// </summary>
    public IReadOnlyList<PackageCandidate> ListForSession() => List(IsProject && IsTrusted);

    /// <summary>Whether the project has plugins that its user has not agreed to. Not for the way of the session: a checkout may be on a slow disk.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What to say, once for all of them; null where there are none.</returns>
    public KmError? FindUntrusted(CancellationToken cancellationToken)
    {
        try
        {
            if (!IsProject || IsTrusted || !Directory.Exists(paths.ProjectPlugins))
                return null;
            var (entries, packages) = (0, 0);
            foreach (var entry in Entries(cancellationToken))
                (entries, packages) = (entries + 1, packages + (IsPackage(entry) ? 1 : 0));
            return packages == 0 ? null : TrustedProjects.Untrusted(paths.Project!, packages, orMore: entries == MaxProjectEntries);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            // Nothing of it runs, and there is nothing that could be said of it.
            return null;
        }
    }

    private bool IsTrusted => TrustedProjects.Read(paths.TrustedProjects).Knows(paths.Project!);

    private IEnumerable<string> Entries(CancellationToken cancellationToken) =>
        Directory
            .EnumerateFileSystemEntries(paths.ProjectPlugins!)
            .Take(MaxProjectEntries)
            .TakeWhile(_ => !cancellationToken.IsCancellationRequested);

    private static bool IsPackage(string path) => path.EndsWith(Ending, StringComparison.Ordinal);

    private List<PackageCandidate> List(bool withProject)
    {
        var found = new List<PackageCandidate>();
        Add(paths.Plugins, PluginOrigin.User);
        if (paths.SystemPlugins is { } system)
            Add(system, PluginOrigin.System);
        if (withProject)
            Add(paths.ProjectPlugins!, PluginOrigin.Project);
        return found;

        void Add(string directory, PluginOrigin origin)
        {
            try
            {
                if (!Directory.Exists(directory))
                    return;
                var entries = origin == PluginOrigin.Project ? Entries(CancellationToken.None) : Directory.EnumerateFiles(directory);
                if (entries.Where(IsPackage).Order(StringComparer.Ordinal).ToList() is not { Count: > 0 } files)
                    return;
                if (origin == PluginOrigin.Project && files.Count > MaxProjectPackages)
                {
                    _warnings.Add(TooMany(directory));
                    files.RemoveRange(MaxProjectPackages, files.Count - MaxProjectPackages);
                }

                if (DirectoryGuard.Check(directory) is { } unsafeDirectory)
                    _warnings.Add(unsafeDirectory);
                else
                    found.AddRange(files.Select(file => new PackageCandidate(file, origin)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _warnings.Add(new KmError(ErrorCode.UnsafeDirectory, $"{directory} cannot be read", e.Message, "Check its permissions."));
            }
        }
    }

    /// <summary>Looks at every candidate and decides.</summary>
    /// <param name="candidates">What <see cref="List()"/> found.</param>
    /// <param name="verifier">Holds packages against this host and its user.</param>
    /// <returns>One for each candidate, in the same order.</returns>
    public IReadOnlyList<FoundPackage> Resolve(IReadOnlyList<PackageCandidate> candidates, PackageVerifier verifier)
    {
        var trusted = TrustedProjects.Read(paths.TrustedProjects);
        var found = candidates.Select(candidate => Look(candidate, verifier)).ToList();
        var winners = new Dictionary<string, FoundPackage>(StringComparer.Ordinal);
        foreach (
            var package in found
                .Where(package => package.MayLaunch)
                .OrderBy(package => package.Candidate.Origin)
                .ThenByDescending(package => package.Front!.Manifest.ReleaseSequence)
        )
            winners.TryAdd(package.Name, package);

        // A name that the user or the system has is taken, even where that package itself cannot run: the project's must not step in.
        var taken = found
            .Where(package => package.Candidate.Origin != PluginOrigin.Project)
            .Select(package => package.Name)
            .ToHashSet(StringComparer.Ordinal);
        return found.ConvertAll(package =>
        {
            if (package.Candidate.Origin == PluginOrigin.Project)
            {
                if (!trusted.Covers(paths.Project!, package.Front))
                    return package with { Error = TrustedProjects.Untrusted(paths.Project!, package.Candidate.Path) };
                if (taken.Contains(package.Name))
                    return package with
                    {
                        Error = new KmError(
                            ErrorCode.Shadowing,
                            $"The project's plugin '{package.Name}' is skipped: a plugin of that name is installed",
                            package.Candidate.Path,
                            "Remove one of the two."
                        ),
                    };
            }

            return package.MayLaunch && winners[package.Name] != package ? package with { IsSuperseded = true } : package;
        });
    }

    private static KmError TooMany(string directory) =>
        new(
            ErrorCode.UntrustedProject,
            $"This project has more plugins than km looks at: only {MaxProjectPackages} count",
            directory,
            "Remove those that are not needed."
        );

    private static FoundPackage Look(PackageCandidate candidate, PackageVerifier verifier)
    {
        try
        {
            if (DirectoryGuard.Check(candidate.Path) is { } unsafeFile)
                return new FoundPackage(candidate, null, unsafeFile);
            using var file = PackageOpener.Open(candidate.Path);
            var front = verifier.VerifyFront(file);
            return new FoundPackage(
                candidate,
                front,
                front.Error is { } error ? Refusal.Explain(error, front.Unverified, candidate.Label) : null
            );
        }
        catch (KmException e)
        {
            return new FoundPackage(candidate, null, e.Error);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new FoundPackage(
                candidate,
                null,
                new KmError(ErrorCode.PackageUnreadable, $"Plugin '{candidate.Label}' cannot be read", e.Message, $"Check {candidate.Path}")
            );
        }
    }
}
