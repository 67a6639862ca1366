using System.Globalization;
using Kilometers.Api.Access;
using Kilometers.Api.Http;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Witnessing;

/// <summary><c>/api/audit/heads</c>: the outside witness of customers' audit logs. Each customer sees only what it sent.</summary>
internal static class WitnessEndpoints
{
    private const int DigestLength = 64;

    public static IServiceCollection AddWitness(this IServiceCollection services) => services.AddSingleton<AuditHeads>();

    public static void MapWitnessEndpoints(this IEndpointRouteBuilder routes)
    {
        routes
            .MapPost("/api/audit/heads", AddAsync)
            .For(AccessRule.Customer)
            .Accepts<AuditHeadRequest>("application/json")
            .Produces<AuditReceipt>()
            .WithSummary("Keep where an audit log stands, and sign that");
        routes
            .MapGet("/api/audit/heads", ListAsync)
            .For(AccessRule.Customer)
            .Produces<AuditReceiptList>()
            .WithSummary("The receipts of one of the customer's installations, log by log; cursor continues where the last answer ended");
    }

    private static async Task<IResult> AddAsync(HttpContext context, AuditHeads heads)
    {
        var head = await RequestBody.ReadAsync<AuditHeadRequest>(context).ConfigureAwait(false);
        if (!IsDigest(head.Installation) || !IsDigest(head.Log) || !IsDigest(head.Hash))
            throw Problems.Invalid($"installation, log and hash are {DigestLength} lower-case hexadecimal digits");
        if (head.Seq < 1)
            throw Problems.Invalid("seq is 1 or more");
        return Answer(context, await heads.AddAsync(context.Caller().CustomerId, head, context.RequestAborted).ConfigureAwait(false));
    }

    private static async Task<IResult> ListAsync(HttpContext context, AuditHeads heads, string? installation, string? cursor)
    {
        if (!IsDigest(installation))
            throw Problems.Invalid($"installation is {DigestLength} lower-case hexadecimal digits");
        (string Log, long Seq)? after = cursor is null
            ? null
            : ReadCursor(cursor) ?? throw Problems.Invalid("cursor is not one that this API gave");
        return Answer(
            context,
            await heads.ListAsync(context.Caller().CustomerId, installation!, after, context.RequestAborted).ConfigureAwait(false)
        );
    }

    private static (string Log, long Seq)? ReadCursor(string cursor) =>
        cursor.Split('.') is [var log, var seq]
        && IsDigest(log)
        && long.TryParse(seq, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? (log, number)
            : null;

    private static IResult Answer<T>(HttpContext context, T record)
    {
        context.Response.Headers.CacheControl = "no-store";
        return RequestBody.Answer(record);
    }

    private static bool IsDigest(string? text) => text is { Length: DigestLength } && text.All(char.IsAsciiHexDigitLower);
}
