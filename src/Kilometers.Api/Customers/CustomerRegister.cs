using Kilometers.Api.Access;
using Kilometers.Api.Http;
using Kilometers.Api.Storage;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Customers;

/// <summary>Changes of customers and their keys; each leaves one audit record.</summary>
internal sealed class CustomerRegister(
    IDbContextFactory<ApiDatabase> databases,
    ServerSecret secret,
    KeyDirectory directory,
    ApiAudit audit,
    TimeProvider time
)
{
    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <param name="name">What the customer is called.</param>
    /// <param name="tier">The tier.</param>
    /// <param name="id">The id; null: a new one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KmException"><c>API_REQ_004</c>: the id is taken.</exception>
    public async Task<CustomerRow> CreateAsync(string name, Tier tier, string? id, CancellationToken cancellationToken)
    {
        var customer = new CustomerRow
        {
            Id = id ?? Ids.New("cus"),
            Name = name,
            Tier = tier,
            FeaturesAdded = "",
            FeaturesRemoved = "",
            CreatedAt = Now,
        };
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        database.Customers.Add(customer);
        try
        {
            await database
                .SaveAsync(() => audit.Changed("customer.created", $"customer={customer.Id} tier={tier}"), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (DbUpdateException e) when (ApiDatabase.IsDuplicate(e))
        {
            throw Problems.Conflict("There is a customer of this id already");
        }

        directory.Forget();
        return customer;
    }

    /// <exception cref="KmException"><c>API_REQ_003</c>: there is no such customer.</exception>
    public async Task<CustomerRow> FindAsync(string id, CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        return await database.Customers.SingleOrDefaultAsync(row => row.Id == id, cancellationToken).ConfigureAwait(false)
            ?? throw Problems.NotFound("customer");
    }

    /// <returns>Max that many customers, by id, and one more if there are more.</returns>
    public async Task<IReadOnlyList<CustomerRow>> ListAsync(string after, int limit, CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        return await database
            .Customers.Where(row => string.Compare(row.Id, after) > 0)
            .OrderBy(row => row.Id)
            .Take(limit + 1)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
    }

    /// <exception cref="KmException"><c>API_REQ_003</c>: there is no such customer.</exception>
    public Task<CustomerRow> SubscribeAsync(
        string id,
        Tier tier,
        IReadOnlyList<string> added,
        IReadOnlyList<string> removed,
        CancellationToken cancellationToken
    ) =>
        ChangeAsync(
            id,
            "customer.subscription",
            row =>
            {
                (row.Tier, row.FeaturesAdded, row.FeaturesRemoved) = (tier, string.Join(' ', added), string.Join(' ', removed));
                return $"tier={tier} added={row.FeaturesAdded} removed={row.FeaturesRemoved}";
            },
            cancellationToken
        );

    /// <exception cref="KmException"><c>API_REQ_003</c>: there is no such customer.</exception>
    public Task<CustomerRow> RenameAsync(string id, string name, CancellationToken cancellationToken) =>
        ChangeAsync(
            id,
            "customer.renamed",
            row =>
            {
                row.Name = name;
                return "";
            },
            cancellationToken
        );

    /// <exception cref="KmException"><c>API_REQ_003</c>: there is no such customer.</exception>
    public Task<CustomerRow> SuspendAsync(string id, bool suspend, CancellationToken cancellationToken) =>
        ChangeAsync(
            id,
            suspend ? "customer.suspended" : "customer.resumed",
            row =>
            {
                row.SuspendedAt = suspend ? row.SuspendedAt ?? Now : null;
                return "";
            },
            cancellationToken
        );

    /// <exception cref="KmException"><c>API_REQ_003</c>: there is no such customer.</exception>
    public async Task<CreatedApiKey> CreateKeyAsync(
        string customerId,
        string name,
        DateTimeOffset? expiresAt,
        CancellationToken cancellationToken
    )
    {
        await FindAsync(customerId, cancellationToken).ConfigureAwait(false);
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        var created = AddKey(database, customerId, name, expiresAt?.ToUnixTimeMilliseconds());
        await database
            .SaveAsync(() => audit.Changed("key.created", $"customer={customerId} key={created.Record.Id}"), cancellationToken)
            .ConfigureAwait(false);
        directory.Forget();
        return created;
    }

    public async Task<IReadOnlyList<ApiKeyRow>> ListKeysAsync(string customerId, CancellationToken cancellationToken)
    {
        await FindAsync(customerId, cancellationToken).ConfigureAwait(false);
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        return await database
            .ApiKeys.Where(row => row.CustomerId == customerId)
            .OrderBy(row => row.CreatedAt)
            .ThenBy(row => row.Id)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Makes another key for the same purpose; the old one works on for a while, so that nothing stops meanwhile.</summary>
    /// <exception cref="KmException"><c>API_REQ_003</c>: there is no such key. <c>API_REQ_004</c>: it does not work any more.</exception>
    public async Task<CreatedApiKey> RotateKeyAsync(string keyId, TimeSpan overlap, CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        var old = await database.ApiKeys.AsTracking().SingleOrDefaultAsync(row => row.Id == keyId, cancellationToken).ConfigureAwait(false)
            ?? throw Problems.NotFound("key");
        if (!old.IsValidAt(Now))
            throw Problems.Conflict("The key does not work any more", "Create a new one instead.");
        var end = Now + (long)overlap.TotalMilliseconds;
        var created = AddKey(database, old.CustomerId, old.Name, old.ExpiresAt);
        old.ExpiresAt = Math.Min(old.ExpiresAt ?? long.MaxValue, end);
        await database
            .SaveAsync(
                () =>
                    audit.Changed(
                        "key.rotated",
                        $"customer={old.CustomerId} key={keyId} successor={created.Record.Id} until={DateTimeOffset.FromUnixTimeMilliseconds(end):O}"
                    ),
                cancellationToken
            )
            .ConfigureAwait(false);
        directory.Forget();
        return created;
    }

    /// <exception cref="KmException"><c>API_REQ_003</c>: there is no such key.</exception>
    public async Task<ApiKeyRow> RevokeKeyAsync(string keyId, CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        var row = await database.ApiKeys.AsTracking().SingleOrDefaultAsync(row => row.Id == keyId, cancellationToken).ConfigureAwait(false)
            ?? throw Problems.NotFound("key");
        row.RevokedAt ??= Now;
        await database
            .SaveAsync(() => audit.Changed("key.revoked", $"customer={row.CustomerId} key={keyId}"), cancellationToken)
            .ConfigureAwait(false);
        directory.Forget();
        return row;
    }

    public static ApiKeyRecord Record(ApiKeyRow row) =>
        new()
        {
            Id = row.Id,
            CustomerId = row.CustomerId,
            Name = row.Name,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt),
            ExpiresAt = Ids.Time(row.ExpiresAt),
            RevokedAt = Ids.Time(row.RevokedAt),
        };

    private CreatedApiKey AddKey(ApiDatabase database, string customerId, string name, long? expiresAt)
    {
        var key = ApiKey.Create();
        var row = new ApiKeyRow
        {
            Id = key.Id,
            CustomerId = customerId,
            Name = name,
            Hash = secret.HashOf(key),
            CreatedAt = Now,
            ExpiresAt = expiresAt,
        };
        database.ApiKeys.Add(row);
        return new CreatedApiKey { Key = key.Text, Record = Record(row) };
    }

    private async Task<CustomerRow> ChangeAsync(
        string id,
        string name,
        Func<CustomerRow, string> change,
        CancellationToken cancellationToken
    )
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        var row = await database.Customers.AsTracking().SingleOrDefaultAsync(row => row.Id == id, cancellationToken).ConfigureAwait(false)
            ?? throw Problems.NotFound("customer");
        var detail = change(row);
        await database.SaveAsync(() => audit.Changed(name, $"customer={id} {detail}".TrimEnd()), cancellationToken).ConfigureAwait(false);
        directory.Forget();
        return row;
    }
}
