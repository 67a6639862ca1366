using Kilometers.Api.Http;
using Kilometers.Api.Keys;

namespace Kilometers.Api.Plugins;

/// <summary>Publishes the list again before it expires, if lists can be signed: hosts show the age of one that is overdue.</summary>
internal sealed class RevocationRenewal(
    RevocationLists revocations,
    PublisherKeys keys,
    TimeProvider time,
    ILogger<RevocationRenewal> logger
) : PeriodicService("renewing the revocation list", TimeSpan.FromHours(1), time, logger)
{
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(10);

    /// <summary>Renews the list if it is time. Two nodes may both do so: the second list says the same.</summary>
    public override async Task RunAsync(CancellationToken cancellationToken)
    {
        if (!keys.IsConfigured || keys.Open().Authority is null)
            return;
        var newest = await revocations.NewestAsync(cancellationToken).ConfigureAwait(false);
        if (newest is not null && newest.List.Expires - Time.GetUtcNow() < Ahead)
            await revocations.PublishAsync(list => list, "renewed", cancellationToken).ConfigureAwait(false);
    }
}
