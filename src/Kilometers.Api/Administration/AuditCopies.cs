using System.Security.Cryptography;
using System.Text;
using Kilometers.Api.Configuration;
using Kilometers.Api.Http;
using Kilometers.Api.Storage;
using Kilometers.Audit;
using Kilometers.Files;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Administration;

/// <summary>
/// Copies this node's audit log into the database, so that any node can show all of them. The log in the data folder stays what counts: it is
/// written first, it is chained, and only it is verified.
/// </summary>
internal sealed class AuditCopies(
    IDbContextFactory<ApiDatabase> databases,
    ApiAudit audit,
    ApiOptions options,
    TimeProvider time,
    ILogger<AuditCopies> logger
) : PeriodicService("copying the audit log", TimeSpan.FromSeconds(2), time, logger), IDisposable
{
    /// <summary>How long a copy is kept; the log itself is not touched.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromDays(400);

    private const int MaxNode = 100;
    private readonly SemaphoreSlim _turn = new(1);
    private string? _node;
    private long _copied = -1;
    private long _seen = -1;

    protected override LogLevel Level => LogLevel.Debug;

    /// <summary>Copies what is new.</summary>
    public override async Task RunAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var seen = audit.Appended;
            if (seen == _seen)
                return;
            var node = _node ??= ReadName(Path.Combine(options.DataFolder, "node"));
            await using var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
            if (_copied < 0)
            {
                _copied = await database
                    .AuditRecords.Where(row => row.Node == node)
                    .MaxAsync(row => (long?)row.Seq, cancellationToken)
                    .ConfigureAwait(false)
                    ?? 0;
                var before = (Time.GetUtcNow() - Kept).ToUnixTimeMilliseconds();
                await database.AuditRecords.Where(row => row.Time < before).ExecuteDeleteAsync(cancellationToken).ConfigureAwait(false);
            }

            var fresh = AuditReader
                .ReadAfter(audit.Folder, _copied)
                .Where(entry => entry.IsReadable && entry.Seq > _copied)
                .DistinctBy(entry => entry.Seq)
                .OrderBy(entry => entry.Seq)
                .ToList();
            database.AuditRecords.AddRange(fresh.Select(entry => Row(node, entry)));
            await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
            if (fresh.Count > 0)
                _copied = fresh[^1].Seq;
            _seen = seen;
        }
        finally
        {
            _turn.Release();
        }
    }

    public override void Dispose()
    {
        // Cancels the work first.
        base.Dispose();
        _turn.Dispose();
    }

    private static AuditRecordRow Row(string node, AuditEntry entry) =>
        new()
        {
            Node = node,
            Seq = entry.Seq,
            Time = entry.Time.ToUnixTimeMilliseconds(),
            Event = entry.Event,
            Decision = entry.Decision.ToString(),
            Plugin = entry.Plugin,
            Version = entry.Version,
            Digest = entry.Digest,
            Code = entry.Code,
            Detail = entry.Detail,
        };

    /// <summary>The machine's name and a few digits, the same after every start: two nodes may be on one machine.</summary>
    private static string ReadName(string file)
    {
        if (!File.Exists(file))
            PrivateFile.WriteNew(
                file,
                Encoding.UTF8.GetBytes(
                    $"{Environment.MachineName.ToLowerInvariant()}-{RandomNumberGenerator.GetHexString(6, lowercase: true)}\n"
                )
            );
        var name = SecretPlaces.ReadText("the node's name", file);
        return name.Length <= MaxNode ? name : name[..MaxNode];
    }
}
