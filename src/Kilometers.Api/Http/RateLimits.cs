using System.Globalization;
using System.Threading.RateLimiting;
using Kilometers.Api.Configuration;
using Kilometers.Contracts;

namespace Kilometers.Api.Http;

/// <summary>
/// How many requests come from one address, and with one key. The key counts only after it was verified: nobody uses up a customer's share
/// with the public part of the customer's key.
/// </summary>
internal sealed class RateLimits(LimitOptions limits) : IDisposable
{
    private readonly PartitionedRateLimiter<string> _addresses = Create(limits.PerAddress);
    private readonly PartitionedRateLimiter<string> _keys = Create(limits.PerKey);

    /// <exception cref="KmException"><c>API_LIM_001</c>: too many.</exception>
    public void CountAddress(HttpContext context) => Count(context, _addresses, Network.Of(context.Connection.RemoteIpAddress));

    /// <exception cref="KmException"><c>API_LIM_001</c>: too many.</exception>
    public void CountKey(HttpContext context, string keyId) => Count(context, _keys, keyId);

    public void Dispose()
    {
        _addresses.Dispose();
        _keys.Dispose();
    }

    private static void Count(HttpContext context, PartitionedRateLimiter<string> limiter, string partition)
    {
        using var lease = limiter.AttemptAcquire(partition);
        if (lease.IsAcquired)
            return;
        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? Math.Max(1, (int)Math.Ceiling(after.TotalSeconds)) : 1;
        context.Response.Headers.RetryAfter = wait.ToString(CultureInfo.InvariantCulture);
        throw new KmException(new KmError(ErrorCode.ApiRateLimited, "Too many requests", Hint: $"Wait {wait} s"));
    }

    private static PartitionedRateLimiter<string> Create(RateOptions options) =>
        PartitionedRateLimiter.Create<string, string>(partition =>
            RateLimitPartition.GetTokenBucketLimiter(partition, _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = options.Burst,
                TokensPerPeriod = Math.Max(1, options.PerSecond / 10),
                ReplenishmentPeriod = TimeSpan.FromSeconds(Math.Max(1, options.PerSecond / 10) / (double)options.PerSecond),
                QueueLimit = 0,
            })
        );
}
