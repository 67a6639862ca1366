using System.Security.Cryptography;
using System.Text;
using Kilometers.Api.Configuration;
using Kilometers.Api.Http;
using Kilometers.Api.Storage;
using Kilometers.Contracts;
using Kilometers.Entitlements.Tokens;
using Kilometers.Files;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Keys;

/// <summary>
/// The keys that sign tokens and seals. Public halves are in the database, private ones in a folder that every node has: <c>ID.pem</c>,
/// where the id is the beginning of the public half's SHA-256. Several are valid at once: a plugin believes the one in its seal.
/// </summary>
internal sealed class IssuerKeys(IDbContextFactory<ApiDatabase> databases, ApiOptions options, ApiAudit audit, TimeProvider time)
{
    private const int KeySize = 3072;

    // Any number that nothing else in the database uses.
    private const string FirstKeyLock = "SELECT pg_advisory_xact_lock(5642117305)";
    private volatile Remembered? _remembered;

    /// <summary>Who issues: the <c>iss</c> of tokens.</summary>
    public string Issuer => options.PublicUrl;

    /// <summary>All keys, the oldest first; as they were a few seconds ago at the latest.</summary>
    public async Task<IReadOnlyList<IssuerKeyRow>> ListAsync(CancellationToken cancellationToken)
    {
        if (_remembered is { } remembered && time.GetElapsedTime(remembered.At) < options.KeyCacheLife)
            return remembered.Keys;
        var at = time.GetTimestamp();
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        var keys = await database
            .IssuerKeys.OrderBy(row => row.CreatedAt)
            .ThenBy(row => row.Id)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        _remembered = new Remembered(keys, at);
        return keys;
    }

    /// <summary>The key that new builds are sealed with.</summary>
    /// <exception cref="KmException"><c>KEY_STO_001</c>: there is none.</exception>
    public async Task<IssuerKeyRow> CurrentAsync(CancellationToken cancellationToken) =>
        (await ListAsync(cancellationToken).ConfigureAwait(false))
            .Where(row => row.ActivatedAt is not null && row.RetiredAt is null)
            .MaxBy(row => row.ActivatedAt)
        ?? throw Fault("No issuer's key is active");

    /// <summary>The current key; where there was never one, makes the first. Of several nodes that do so at once one makes it.</summary>
    /// <returns>The key, and whether this call made it.</returns>
    /// <exception cref="KmException"><c>KEY_STO_001</c>: it cannot be made, or all were retired.</exception>
    public async Task<(IssuerKeyRow Key, bool IsNew)> EnsureAsync(CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);

        // SQLite: BEGIN IMMEDIATE, which waits for other writers.
        await using var transaction = await database.Database.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        if (database.Database.IsNpgsql())
            await database.Database.ExecuteSqlRawAsync(FirstKeyLock, cancellationToken).ConfigureAwait(false);
        if (await database.IssuerKeys.AnyAsync(cancellationToken).ConfigureAwait(false))
        {
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return (await CurrentAsync(cancellationToken).ConfigureAwait(false), false);
        }

        var row = Make(activate: true);
        database.IssuerKeys.Add(row);
        await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        audit.Changed("issuer-key.created", $"issuerKey={row.Id} active=True");
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        _remembered = null;
        return (row, true);
    }

    /// <summary>Makes a key; it seals nothing before it is activated, so that its file can be brought to every node first.</summary>
    public async Task<IssuerKeyRow> CreateAsync(bool activate, CancellationToken cancellationToken)
    {
        var row = Make(activate);
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        database.IssuerKeys.Add(row);
        await database
            .SaveAsync(() => audit.Changed("issuer-key.created", $"issuerKey={row.Id} active={activate}"), cancellationToken)
            .ConfigureAwait(false);
        _remembered = null;
        return row;
    }

    /// <summary>Has new builds sealed with a key from now on.</summary>
    /// <returns>Whether there is such a key that was not retired.</returns>
    public async Task<bool> ActivateAsync(string id, CancellationToken cancellationToken)
    {
        await using (var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!await database.IssuerKeys.AnyAsync(row => row.Id == id && row.RetiredAt == null, cancellationToken).ConfigureAwait(false))
                return false;
        }

        using (Open(id))
        {
            // Only to see that this node has it.
        }

        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        return await ChangeAsync(id, row => row.ActivatedAt = now, "issuer-key.activated", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends a key: plugins sealed with it get no tokens until they are provisioned again.</summary>
    /// <returns>Whether there is such a key, and it was not retired before.</returns>
    /// <exception cref="KmException"><c>API_REQ_004</c>: it is the current one.</exception>
    public async Task<bool> RetireAsync(string id, CancellationToken cancellationToken)
    {
        if ((await CurrentAsync(cancellationToken).ConfigureAwait(false)).Id == id)
            throw Problems.Conflict("The current issuer's key cannot be retired", "Create and activate another one first.");
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        return await ChangeAsync(id, row => row.RetiredAt = now, "issuer-key.retired", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens a private key.</summary>
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="KmException"><c>KEY_STO_001</c>: this node does not have it.</exception>
    public RSA Open(string id)
    {
        var key = RSA.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(FileOf(id)));
            return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            key.Dispose();
            throw Fault($"The issuer's key {id} is not usable on this node: {e.Message}");
        }
    }

    /// <summary>Verifies a token that somebody presents.</summary>
    /// <returns>The token; null if no key of ours that is not retired has signed it. Its time is not looked at.</returns>
    public async Task<EntitlementToken?> VerifyAsync(string token, CancellationToken cancellationToken)
    {
        if (token.Length > EntitlementToken.MaxSize)
            return null;
        var keys = await ListAsync(cancellationToken).ConfigureAwait(false);
        return keys.Where(row => row.RetiredAt is null)
            .Select(row => EntitlementToken.Verify(token, Issuer, row.PublicKey))
            .FirstOrDefault(read => read is not null);
    }

    /// <summary>Makes a key and keeps its private half.</summary>
    private IssuerKeyRow Make(bool activate)
    {
        using var rsa = RSA.Create(KeySize);
        var publicKey = rsa.ExportSubjectPublicKeyInfo();
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var row = new IssuerKeyRow
        {
            Id = Convert.ToHexStringLower(SHA256.HashData(publicKey))[..16],
            PublicKey = publicKey,
            CreatedAt = now,
            ActivatedAt = activate ? now : null,
        };
        try
        {
            PrivateFile.WriteNew(FileOf(row.Id), Encoding.ASCII.GetBytes(rsa.ExportPkcs8PrivateKeyPem() + "\n"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fault($"{FileOf(row.Id)} cannot be written: {e.Message}");
        }

        return row;
    }

    private async Task<bool> ChangeAsync(string id, Action<IssuerKeyRow> change, string name, CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        if (
            await database
                .IssuerKeys.AsTracking()
                .SingleOrDefaultAsync(row => row.Id == id && row.RetiredAt == null, cancellationToken)
                .ConfigureAwait(false)
            is not { } found
        )
            return false;
        change(found);
        await database.SaveAsync(() => audit.Changed(name, $"issuerKey={id}"), cancellationToken).ConfigureAwait(false);
        _remembered = null;
        return true;
    }

    private static KmException Fault(string why) =>
        new(
            new KmError(
                ErrorCode.SigningKeys,
                "The issuer's keys cannot be used",
                why,
                "Bring the private key to the folder that IssuerKeyFolder names, on every node"
            )
        );

    /// <summary>Where this node has, or should have, a private key.</summary>
    public string FileOf(string id) => Path.Combine(options.Secrets.IssuerKeyFolder, id + ".pem");

    private sealed record Remembered(IReadOnlyList<IssuerKeyRow> Keys, long At);
}
