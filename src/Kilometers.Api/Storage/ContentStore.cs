using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Storage;

/// <summary>
/// Files by their SHA-256, in the database: every node sees the same ones, and one backup has everything. In parts of 1 MiB, so that a
/// package of any size takes little memory and a range is read without what comes before it.
/// </summary>
internal sealed class ContentStore(IDbContextFactory<ApiDatabase> databases)
{
    public const int PartSize = 1 << 20;

    /// <summary>Keeps a file; one that is there already stays as it is.</summary>
    /// <param name="content">Its bytes, from its beginning; seekable.</param>
    /// <param name="cancellationToken">Gives up; nothing was kept then.</param>
    /// <returns>Its SHA-256, 64 lower-case hexadecimal digits.</returns>
    public async Task<string> AddAsync(Stream content, CancellationToken cancellationToken)
    {
        content.Position = 0;
        var digest = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken).ConfigureAwait(false));
        content.Position = 0;
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        if (await database.Contents.AnyAsync(row => row.Digest == digest, cancellationToken).ConfigureAwait(false))
            return digest;
        await using var transaction = await database.Database.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // The row first: a second writer of the same file waits here, and then finds it there.
            database.Contents.Add(new ContentRow { Digest = digest, Size = content.Length });
            await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (DbUpdateException e) when (ApiDatabase.IsDuplicate(e))
        {
            return digest;
        }

        for (var part = 0; content.Position < content.Length; part++)
        {
            var bytes = new byte[Math.Min(PartSize, content.Length - content.Position)];
            await content.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
            database.ContentParts.Add(
                new ContentPartRow
                {
                    Digest = digest,
                    Part = part,
                    Bytes = bytes,
                }
            );
            await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
            database.ChangeTracker.Clear();
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return digest;
    }

    /// <summary>Opens a file that was kept.</summary>
    /// <returns>Seekable; reads from the database what is asked for.</returns>
    public async Task<Stream> OpenAsync(string digest, CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        var size = await database
            .Contents.Where(row => row.Digest == digest)
            .Select(row => row.Size)
            .SingleAsync(cancellationToken)
            .ConfigureAwait(false);
        return Open(digest, size);
    }

    /// <summary>Opens a file whose size is known.</summary>
    public Stream Open(string digest, long size) => new ContentStream(databases, digest, size);

    /// <summary>Forgets a file that no row refers to any more, in the transaction in which the last one ceases to.</summary>
    /// <exception cref="System.Data.Common.DbException">One does.</exception>
    public static async Task RemoveAsync(ApiDatabase database, string digest, CancellationToken cancellationToken)
    {
        await database.ContentParts.Where(row => row.Digest == digest).ExecuteDeleteAsync(cancellationToken).ConfigureAwait(false);
        await database.Contents.Where(row => row.Digest == digest).ExecuteDeleteAsync(cancellationToken).ConfigureAwait(false);
    }
}
