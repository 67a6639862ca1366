using Kilometers.Api.Configuration;
using Kilometers.Api.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Memory;

namespace Kilometers.Api.Access;

/// <summary>An API key and its customer, as they were a few seconds ago at the latest.</summary>
internal sealed record KnownKey
{
    public required ApiKeyRow Key { get; init; }

    public required CustomerRow Customer { get; init; }

    public required Caller Caller { get; init; }
}

/// <summary>Finds keys by their public part. What it finds, and what it does not find, is remembered for <see cref="ApiOptions.KeyCacheLife"/>.</summary>
internal sealed class KeyDirectory(IDbContextFactory<ApiDatabase> databases, ApiOptions options, TimeProvider time) : IDisposable
{
    private const int MaxRemembered = 100_000;
    private readonly MemoryCache _cache = new(new MemoryCacheOptions { SizeLimit = MaxRemembered });

    /// <summary>Changes with every change of this node: what was read before one is not remembered after it.</summary>
    private long _version;

    public async Task<KnownKey?> FindAsync(string keyId, CancellationToken cancellationToken)
    {
        if (_cache.TryGetValue(keyId, out Remembered? remembered) && time.GetElapsedTime(remembered!.At) < options.KeyCacheLife)
            return remembered.Key;
        var version = Interlocked.Read(ref _version);
        var at = time.GetTimestamp();
        await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        var found = await (
            from key in database.ApiKeys
            join customer in database.Customers on key.CustomerId equals customer.Id
            where key.Id == keyId
            select new { key, customer }
        )
            .SingleOrDefaultAsync(cancellationToken)
            .ConfigureAwait(false);
        var known = found is null
            ? null
            : new KnownKey
            {
                Key = found.key,
                Customer = found.customer,
                Caller = new Caller(found.customer.Id, found.customer.Tier, TierFeatures.Of(found.customer), found.key.Id),
            };
        if (options.KeyCacheLife > TimeSpan.Zero)
        {
            _cache.Set(
                keyId,
                new Remembered(known, at),
                new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = options.KeyCacheLife }
            );
            if (version != Interlocked.Read(ref _version))
                _cache.Remove(keyId);
        }

        return known;
    }

    /// <summary>Forgets everything, after a change of a key or a customer.</summary>
    public void Forget()
    {
        Interlocked.Increment(ref _version);
        _cache.Clear();
    }

    public void Dispose() => _cache.Dispose();

    private sealed record Remembered(KnownKey? Key, long At);
}
