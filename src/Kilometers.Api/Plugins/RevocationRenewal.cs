using Kilometers.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Plugins;

/// <summary>Publishes the list anew before it expires, where lists can be signed: hosts show the age of one that is overdue.</summary>
internal sealed class RevocationRenewal(RevocationLists revocations, PublisherKeys keys, TimeProvider time, ILogger<RevocationRenewal> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(10);

    /// <summary>Renews the list if it is time. Two nodes may both do so: the second list says the same.</summary>
    public async Task RenewAsync(CancellationToken cancellationToken)
    {
        if (!keys.IsConfigured || keys.Open().Authority is null) return;
        var newest = await revocations.NewestAsync(cancellationToken).ConfigureAwait(false);
        if (newest is not null && newest.List.Expires - time.GetUtcNow() < Ahead) await revocations.PublishAsync(list => list, "renewed", cancellationToken).ConfigureAwait(false);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                try
                {
                    await RenewAsync(stoppingToken).ConfigureAwait(false);
                }
                catch (Exception e) when (e is KmException or System.Data.Common.DbException or DbUpdateException or InvalidOperationException)
                {
                    logger.LogWarning(e, "The revocation list was not renewed; it is tried again in an hour");
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }
}
