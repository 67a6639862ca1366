using Kilometers.Api.Access;
using Kilometers.Api.Configuration;
using Kilometers.Api.Updates;

namespace Kilometers.Api.Administration;

/// <summary><c>/api/admin/…</c>: everything that the operator does.</summary>
internal static class AdminEndpoints
{
    public static void MapAdminEndpoints(this IEndpointRouteBuilder routes, ApiOptions options)
    {
        var admin = routes.MapGroup("/api/admin").For(AccessRule.Operator);
        admin.MapCustomerAdminEndpoints();
        admin.MapPluginAdminEndpoints(options);
        admin.MapUpdateAdminEndpoints(options);
        admin.MapAuditEndpoints();
    }
}
