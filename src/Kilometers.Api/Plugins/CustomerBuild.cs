using Kilometers.Api.Access;
using Kilometers.Api.Http;
using Kilometers.Api.Keys;
using Kilometers.Api.Storage;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Archive;
using Kilometers.Packaging.Building;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Plugins;

/// <summary>A package that was made.</summary>
/// <param name="Digest">SHA-256 of the file.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="FileName">Its usual name.</param>
/// <param name="PayloadDigest">SHA-256 of its payload.</param>
internal sealed record MadePackage(string Digest, long Size, string FileName, string PayloadDigest);

/// <summary>Makes a customer's package of a release: stamps the seal, signs, keeps it. Nothing is compiled.</summary>
internal sealed class CustomerBuild(
    IDbContextFactory<ApiDatabase> databases,
    ContentStore contents,
    PublisherKeys publisher,
    IssuerKeys issuers,
    Scratch scratch
)
{
    public async Task<MadePackage> MakeAsync(Caller caller, ReleaseRow release, BuildRow build, CancellationToken cancellationToken)
    {
        await using var payload = scratch.Create();
        await using var package = scratch.Create();
        using var issuerKey = issuers.Open(build.IssuerKeyId);
        var source = new PackageSource
        {
            Description = Releases.Describe(release),
            Os = release.Os,
            Arch = release.Arch,
            Files = await FilesAsync(release, cancellationToken).ConfigureAwait(false),
            Customer = new CustomerStamp
            {
                Binding = new CustomerBinding
                {
                    Id = caller.CustomerId,
                    BuildId = build.Id,
                    KeyId = caller.KeyId,
                },
                Issuer = issuers.Issuer,
                IssuerKey = issuerKey,
            },
            Build = new BuildOrigin
            {
                Source = release.Source,
                Commit = release.SourceCommit,
                Time = DateTimeOffset.FromUnixTimeMilliseconds(release.BuiltAt),
            },
        };
        var draft = PackageBuilder.Build(source, payload);
        draft.WriteSigned(package, payload, publisher.OpenForSigning().Publisher);
        var digest = await contents.AddAsync(package, cancellationToken).ConfigureAwait(false);
        return new MadePackage(digest, package.Length, draft.FileName, draft.PayloadDigest);
    }

    private async Task<IReadOnlyList<PayloadFile>> FilesAsync(ReleaseRow release, CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        var listed = await (
            from file in database.ReleaseFiles
            where file.ReleaseId == release.Id
            join content in database.Contents on file.Digest equals content.Digest
            join compressed in database.Contents on file.PackedDigest equals compressed.Digest into found
            from packed in found.DefaultIfEmpty()
            select new
            {
                file,
                content.Size,
                Packed = packed,
            }
        )
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        return
        [
            .. listed.Select(each => new PayloadFile(
                each.file.Path,
                () => contents.Open(each.file.Digest, each.Size),
                each.file.IsExecutable
            )
            {
                Packed = each.Packed is { } packed
                    ? new PackedContent(each.Size, each.file.Digest, packed.Digest, () => contents.Open(packed.Digest, packed.Size))
                    : null,
            }),
        ];
    }
}
