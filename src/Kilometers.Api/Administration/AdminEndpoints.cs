using Kilometers.Api.Customers;
using Kilometers.Api.Hosting;
using Kilometers.Api.Updates;
using Kilometers.Audit;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Administration;

/// <summary><c>/api/admin/…</c>: everything that the operator does.</summary>
internal static class AdminEndpoints
{
    private const int MostLines = 10_000;

    public static void MapAdminEndpoints(this IEndpointRouteBuilder routes, ApiOptions options)
    {
        var admin = routes.MapGroup("/api/admin").For(AccessRule.Operator);
        admin.MapCustomerAdminEndpoints();
        admin.MapPluginAdminEndpoints(options);
        admin.MapUpdateAdminEndpoints(options);
        admin.MapGet("/audit", ShowAudit).Produces<AuditLines>().WithSummary("The newest records of this node's audit log");
    }

    private static IResult ShowAudit(ApiAudit audit, string? name, string? code, int? tail)
    {
        if (tail is < 1 or > MostLines) throw Problems.Invalid($"tail is 1 to {MostLines}");
        var entries = AuditReader.Read(audit.Folder, new AuditFilter { Event = name, Code = code, Tail = tail ?? 100 });
        return RequestBody.Answer(new AuditLines
        {
            Lines =
            [
                .. entries.Where(entry => entry.IsReadable).Select(entry => new AuditLine
                {
                    Seq = entry.Seq,
                    Time = entry.Time,
                    Event = entry.Event,
                    Decision = entry.Decision.ToString(),
                    Plugin = entry.Plugin,
                    Version = entry.Version,
                    Digest = entry.Digest,
                    Code = entry.Code,
                    Detail = entry.Detail,
                }),
            ],
        });
    }
}
