using System.IO.Compression;
using Kilometers.Api.Customers;
using Kilometers.Api.Entitlements;
using Kilometers.Api.Hosting;
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
internal sealed class CustomerBuild(IDbContextFactory<ApiDatabase> databases, ContentStore contents, PublisherKeys publisher, IssuerKeys issuers, Scratch scratch)
{
    public async Task<MadePackage> MakeAsync(Caller caller, ReleaseRow release, BuildRow build, CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        var listed = await database.ReleaseFiles.Where(row => row.ReleaseId == release.Id).ToListAsync(cancellationToken).ConfigureAwait(false);
        var copies = new List<FileStream>();
        try
        {
            var files = new List<PayloadFile>();
            foreach (var file in listed)
            {
                var copy = scratch.Create();
                copies.Add(copy);
                await contents.CopyAsync(file.Digest, copy, cancellationToken).ConfigureAwait(false);
                files.Add(new PayloadFile(file.Path, () => new Rewound(copy), file.IsExecutable));
            }

            return await SignAsync(caller, release, build, files, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            foreach (var copy in copies) await copy.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<MadePackage> SignAsync(Caller caller, ReleaseRow release, BuildRow build, IReadOnlyList<PayloadFile> files, CancellationToken cancellationToken)
    {
        await using var payload = scratch.Create();
        await using var draftFile = scratch.Create();
        await using var package = scratch.Create();
        using var issuerKey = issuers.Open(build.IssuerKeyId);
        var source = new PackageSource
        {
            Description = Releases.Describe(release),
            Os = release.Os,
            Arch = release.Arch,
            Files = files,

            // A customer waits for it, and most of that time is compression; a tenth more to download is less.
            Compression = CompressionLevel.Fastest,
            Customer = new CustomerStamp
            {
                Binding = new CustomerBinding { Id = caller.CustomerId, BuildId = build.Id, KeyId = caller.KeyId },
                Issuer = issuers.Issuer,
                IssuerKey = issuerKey,
            },
            Build = new BuildOrigin { Source = release.Source, Commit = release.SourceCommit, Time = DateTimeOffset.FromUnixTimeMilliseconds(release.BuiltAt) },
        };
        var draft = PackageBuilder.Build(source, payload);
        draft.WriteUnsigned(draftFile, payload);
        draftFile.Position = 0;
        PackageSigning.Sign(draftFile, publisher.OpenForSigning().Publisher, package, progress: null, cancellationToken);
        var digest = await contents.AddAsync(package, cancellationToken).ConfigureAwait(false);
        return new MadePackage(digest, package.Length, draft.FileName, draft.PayloadDigest);
    }
}
