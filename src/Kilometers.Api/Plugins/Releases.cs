using Kilometers.Api.Http;
using Kilometers.Api.Storage;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Archive;
using Kilometers.Packaging.Building;
using Kilometers.Packaging.Trust;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Plugins;

/// <summary>A system and a processor, as in a manifest: <c>linux-x64</c>.</summary>
internal sealed record Platform(string Os, string Arch)
{
    /// <exception cref="KmException"><c>API_REQ_001</c>: it is none.</exception>
    public static Platform Parse(string? text) =>
        text?.Split('-') is [("linux" or "macos" or "windows") and var os, ("x64" or "arm64") and var arch]
            ? new Platform(os, arch)
            : throw Problems.Invalid("platform is linux, macos or windows, a hyphen, and x64 or arm64: linux-x64");

    public override string ToString() => $"{Os}-{Arch}";
}

/// <summary>The releases of plugins: what packages are built from, without a customer and without a signature.</summary>
internal sealed class Releases(
    IDbContextFactory<ApiDatabase> databases,
    ContentStore contents,
    RevocationLists revocations,
    Scratch scratch,
    ApiAudit audit,
    TimeProvider time
)
{
    /// <summary>Keeps a new release, after everything was checked that will be checked when it is built.</summary>
    /// <exception cref="PackageFormatException">The manifest or a file breaks a rule.</exception>
    /// <exception cref="KmException"><c>API_REQ_004</c>: this version or this sequence is there already, or a lower one than the newest.</exception>
    public async Task<ReleaseRow> PublishAsync(PackageSource source, byte[] manifest, CancellationToken cancellationToken)
    {
        if (source.Description.Name == KmRelease.Name)
            throw Problems.Invalid($"{KmRelease.Name} is not a plugin: its publisher signs its releases (km-api admin km publish)");
        PackageBuilder.Check(source);
        var compressed = new List<FileStream>();
        try
        {
            // What is the same for all customers is compressed here, once: nobody who asks for a package waits for it.
            var packed = source with { Files = [.. source.Files.Select(file => Pack(file, compressed))] };
            await using (var payload = scratch.Create())
                PackageBuilder.Build(packed, payload);
            return await KeepAsync(packed, manifest, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            foreach (var file in compressed)
                await file.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The newest release of each plugin that was not revoked, by name.</summary>
    public async Task<IReadOnlyList<ReleaseRow>> NewestAsync(Platform platform, CancellationToken cancellationToken)
    {
        var list = (await revocations.NewestAsync(cancellationToken).ConfigureAwait(false))?.List;
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        var all = await database
            .Releases.Where(row => row.Os == platform.Os && row.Arch == platform.Arch)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        return [.. Newest(all, list).OrderBy(row => row.Name, StringComparer.Ordinal)];
    }

    /// <summary>The ids of the releases that customers are offered, on any platform, or were since a time.</summary>
    public async Task<IReadOnlyList<string>> OfferedSinceAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        var list = (await revocations.NewestAsync(cancellationToken).ConfigureAwait(false))?.List;
        var all = await ListAsync(cancellationToken).ConfigureAwait(false);
        return
        [
            .. Newest(all, list)
                .Union(Newest(all.Where(row => row.CreatedAt < since.ToUnixTimeMilliseconds()), list))
                .Select(row => row.Id),
        ];
    }

    public async Task<IReadOnlyList<ReleaseRow>> ListAsync(CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        return await database
            .Releases.OrderBy(row => row.Name)
            .ThenBy(row => row.Os)
            .ThenBy(row => row.Arch)
            .ThenBy(row => row.ReleaseSequence)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Whether a list revokes a version.</summary>
    public static bool IsRevoked(RevocationList? list, ReleaseRow release) =>
        list is not null && list.Versions.Any(range => range.Contains(release.Name, release.Version));

    public static PluginDescription Describe(ReleaseRow release) => PackageJson.ReadDescription(release.Manifest);

    public static ReleaseRecord Record(ReleaseRow row) =>
        new()
        {
            Id = row.Id,
            Name = row.Name,
            Version = row.Version,
            Platform = $"{row.Os}-{row.Arch}",
            ReleaseSequence = row.ReleaseSequence,
            RequiredTier = row.RequiredTier.ToString(),
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt),
        };

    private static IEnumerable<ReleaseRow> Newest(IEnumerable<ReleaseRow> releases, RevocationList? list) =>
        releases
            .Where(row => !IsRevoked(list, row))
            .GroupBy(row => (row.Name, row.Os, row.Arch))
            .Select(group => group.MaxBy(row => row.ReleaseSequence)!);

    private PayloadFile Pack(PayloadFile file, List<FileStream> compressed)
    {
        var packed = scratch.Create();
        compressed.Add(packed);
        using var content = file.Content();
        return file with { Packed = PayloadWriter.Pack(content, packed, () => new NonDisposingStream(packed)) };
    }

    private async Task<ReleaseRow> KeepAsync(PackageSource source, byte[] manifest, CancellationToken cancellationToken)
    {
        var plugin = source.Description;
        var release = new ReleaseRow
        {
            Id = Ids.New("rel"),
            Name = plugin.Name,
            Version = plugin.Version,
            Os = source.Os,
            Arch = source.Arch,
            ReleaseSequence = plugin.ReleaseSequence,
            RequiredTier = TierText.TryParse(plugin.RequiredTier, out var tier)
                ? tier
                : throw new InvalidOperationException("The manifest was checked"),
            Manifest = manifest,
            Source = source.Build.Source,
            SourceCommit = source.Build.Commit,
            BuiltAt = source.Build.Time.ToUnixTimeMilliseconds(),
            CreatedAt = time.GetUtcNow().ToUnixTimeMilliseconds(),
        };
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        var newest = await database
            .Releases.Where(row => row.Name == plugin.Name && row.Os == source.Os && row.Arch == source.Arch)
            .MaxAsync(row => (long?)row.ReleaseSequence, cancellationToken)
            .ConfigureAwait(false);
        if (newest >= plugin.ReleaseSequence)
            throw Problems.NotNewer(plugin.ReleaseSequence, newest.Value, source.Os, source.Arch);
        database.Releases.Add(release);
        foreach (var file in source.Files)
        {
            await using var content = file.Content();
            await using var compressed = file.Packed!.Open();
            database.ReleaseFiles.Add(
                new ReleaseFileRow
                {
                    ReleaseId = release.Id,
                    Path = file.Path,
                    Digest = await contents.AddAsync(content, cancellationToken).ConfigureAwait(false),
                    PackedDigest = await contents.AddAsync(compressed, cancellationToken).ConfigureAwait(false),
                    IsExecutable = file.IsExecutable,
                }
            );
        }

        try
        {
            await database
                .SaveAsync(
                    () =>
                        audit.Changed(
                            "release.published",
                            $"release={release.Id} platform={release.Os}-{release.Arch}",
                            release.Name,
                            release.Version
                        ),
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
        catch (DbUpdateException e) when (ApiDatabase.IsDuplicate(e))
        {
            throw Problems.PublishedAlready(plugin.Name, plugin.Version, source.Os, source.Arch);
        }

        return release;
    }
}
