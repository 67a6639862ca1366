using Kilometers.Api.Http;
using Kilometers.Api.Storage;
using Kilometers.Contracts.Api;
using Microsoft.EntityFrameworkCore;

namespace Kilometers.Api.Administration;

/// <summary><c>GET /api/admin/audit</c>: what all nodes recorded.</summary>
internal static class AuditEndpoints
{
    private const int MaxLines = 10_000;
    private const int UsualLines = 100;
    private const int MaxFilter = 200;

    public static void MapAuditEndpoints(this IEndpointRouteBuilder admin) =>
        admin.MapGet("/audit", ShowAsync).Produces<AuditLines>().WithSummary("The newest records of all nodes' audit logs");

    private static async Task<IResult> ShowAsync(
        HttpContext context,
        AuditCopies copies,
        IDbContextFactory<ApiDatabase> databases,
        string? name,
        string? code,
        string? node,
        int? tail
    )
    {
        if (tail is < 1 or > MaxLines)
            throw Problems.Invalid($"tail is 1 to {MaxLines}");
        if (new[] { name, code, node }.Any(text => text is not null && (text.Length > MaxFilter || !text.All(c => c is >= ' ' and <= '~'))))
            throw Problems.Invalid($"name, code and node are at most {MaxFilter} printable ASCII characters");
        await copies.RunAsync(context.RequestAborted).ConfigureAwait(false);
        await using var database = await databases.CreateDbContextAsync(context.RequestAborted).ConfigureAwait(false);
        var pattern = name
            ?.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("%", "\\%", StringComparison.Ordinal)
            .Replace("_", "\\_", StringComparison.Ordinal)
            .Replace('*', '%');
        var rows = await database
            .AuditRecords.Where(row =>
                (pattern == null || EF.Functions.Like(row.Event, pattern, "\\"))
                && (code == null || row.Code == code)
                && (node == null || row.Node == node)
            )
            .OrderByDescending(row => row.Time)
            .ThenByDescending(row => row.Node)
            .ThenByDescending(row => row.Seq)
            .Take(tail ?? UsualLines)
            .ToListAsync(context.RequestAborted)
            .ConfigureAwait(false);
        rows.Reverse();
        return RequestBody.Answer(new AuditLines { Lines = [.. rows.Select(Line)] });
    }

    private static AuditLine Line(AuditRecordRow row) =>
        new()
        {
            Node = row.Node,
            Seq = row.Seq,
            Time = DateTimeOffset.FromUnixTimeMilliseconds(row.Time),
            Event = row.Event,
            Decision = row.Decision,
            Plugin = row.Plugin,
            Version = row.Version,
            Digest = row.Digest,
            Code = row.Code,
            Detail = row.Detail,
        };
}
