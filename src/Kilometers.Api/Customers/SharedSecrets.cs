using Kilometers.Api.Access;
using Kilometers.Api.Storage;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Customers;

/// <summary>
/// Finds out whether this node has the same secret of key hashes as the others. The first node of a database says which it is, by a
/// fingerprint; one that has another secret would refuse every key that the others made, as if the customers had mistyped it.
/// </summary>
internal sealed class SharedSecrets(IDbContextFactory<ApiDatabase> databases, ServerSecret secret)
{
    private const string KeyHash = "key-hash";

    /// <summary>Whether this node's secret is another one than the database's.</summary>
    public bool IsOther { get; private set; }

    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        database.SharedSecrets.Add(new SharedSecretRow { Name = KeyHash, Fingerprint = secret.Fingerprint });
        try
        {
            await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (DbUpdateException e) when (ApiDatabase.IsDuplicate(e))
        {
            var known = await database
                .SharedSecrets.Where(row => row.Name == KeyHash)
                .Select(row => row.Fingerprint)
                .SingleAsync(cancellationToken)
                .ConfigureAwait(false);
            IsOther = known != secret.Fingerprint;
        }
    }
}
