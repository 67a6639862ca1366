using System.Globalization;
using Kilometers.Api.Access;
using Kilometers.Api.Http;

namespace Kilometers.Api.Hosting;

/// <summary>
/// One line per request. The route is logged as it was declared, never the address as it came: that holds ids, and in downloads a signature.
/// </summary>
internal sealed partial class RequestLog(ILogger<RequestLog> logger, TimeProvider time)
{
    private const int ClientGone = 499;
    private const int MaxMethod = 16;

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var start = time.GetTimestamp();
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // The answer had begun, so nobody was told: the connection ends, and the client sees half an answer.
            if (!context.RequestAborted.IsCancellationRequested)
                Broke(logger, Route(context), context.TraceIdentifier, e);
            throw;
        }
        finally
        {
            Write(context, time.GetElapsedTime(start));
        }
    }

    private void Write(HttpContext context, TimeSpan elapsed)
    {
        var status = context.RequestAborted.IsCancellationRequested ? ClientGone : context.Response.StatusCode;
        var level =
            status is >= 500 ? LogLevel.Warning
            : IsProbe(context, status) ? LogLevel.Debug
            : LogLevel.Information;
        var method = context.Request.Method;
        var milliseconds = elapsed.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture);
        var customer = context.Features.Get<Caller>()?.CustomerId
            ?? (context.GetEndpoint().Rule() == AccessRule.Operator && status is not StatusCodes.Status401Unauthorized ? "operator" : "-");
        if (method.Length > MaxMethod)
            method = method[..MaxMethod];
        if (context.Features.Get<Refusal>() is { } refusal)
            Refused(logger, level, method, Route(context), status, milliseconds, customer, refusal.Code);
        else
            Answered(logger, level, method, Route(context), status, milliseconds, customer);
    }

    /// <summary>Balancers ask every second or so; what they get is only news when it is bad.</summary>
    private static bool IsProbe(HttpContext context, int status) =>
        status < 400 && Route(context).StartsWith("/health/", StringComparison.Ordinal);

    private static string Route(HttpContext context) => (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "-";

    [LoggerMessage(EventId = 1, Message = "{Method} {Route} {Status} {Milliseconds} ms customer={Customer}")]
    private static partial void Answered(
        ILogger logger,
        LogLevel level,
        string method,
        string route,
        int status,
        string milliseconds,
        string customer
    );

    [LoggerMessage(EventId = 2, Message = "{Method} {Route} {Status} {Milliseconds} ms customer={Customer} code={Code}")]
    private static partial void Refused(
        ILogger logger,
        LogLevel level,
        string method,
        string route,
        int status,
        string milliseconds,
        string customer,
        string code
    );

    [LoggerMessage(3, LogLevel.Error, "The answer to {Route} broke off, trace {Trace}")]
    private static partial void Broke(ILogger logger, string route, string trace, Exception exception);
}
