using System.Data.Common;
using System.Text.Json;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.Packaging.Archive;
using Kilometers.Packaging.Verification;
using Microsoft.AspNetCore.Diagnostics;

namespace Kilometers.Api.Http;

/// <summary>Every error is problem details (RFC 9457) with a code, wherever it was found.</summary>
internal static class Problems
{
    private const string ContentType = "application/problem+json";
    private static readonly KmError TooLarge = new(
        ErrorCode.ApiRequestTooLarge,
        "The request is larger than allowed",
        Hint: "Send less at once"
    );

    /// <summary>The status that goes with a code.</summary>
    public static int StatusOf(string code) =>
        code switch
        {
            ErrorCode.ApiKeyRefused or ErrorCode.ApiOperatorRefused => StatusCodes.Status401Unauthorized,
            ErrorCode.ApiCustomerSuspended or ErrorCode.ApiFeatureMissing or ErrorCode.TierTooLow => StatusCodes.Status403Forbidden,
            ErrorCode.ApiNotFound => StatusCodes.Status404NotFound,
            ErrorCode.ApiConflict => StatusCodes.Status409Conflict,
            ErrorCode.ApiRequestTooLarge => StatusCodes.Status413PayloadTooLarge,
            ErrorCode.ApiRateLimited => StatusCodes.Status429TooManyRequests,
            ErrorCode.ApiBusy or ErrorCode.SigningKeys or ErrorCode.ExternalSigner => StatusCodes.Status503ServiceUnavailable,
            ErrorCode.ApiRequestInvalid
            or ErrorCode.ManifestForm
            or ErrorCode.ManifestRule
            or ErrorCode.PackageSource
            or ErrorCode.RevocationList => StatusCodes.Status400BadRequest,
            _ => StatusCodes.Status500InternalServerError,
        };

    public static KmException Invalid(string detail) =>
        new(
            new KmError(
                ErrorCode.ApiRequestInvalid,
                "The request is malformed",
                detail,
                "Correct the request; /openapi/v1.json describes it"
            )
        );

    public static KmException NotFound(string what, string? hint = null) =>
        new(new KmError(ErrorCode.ApiNotFound, $"There is no such {what}", Hint: hint ?? "Check the name"));

    public static KmException Conflict(string summary, string? detail = null) =>
        new(new KmError(ErrorCode.ApiConflict, summary, detail, "Look at what is there, then try again"));

    /// <summary>A release that does not follow the newest one of its platform.</summary>
    public static KmException NotNewer(long sequence, long newest, string os, string arch) =>
        Conflict(
            "The release is not newer than what is there",
            $"releaseSequence is {sequence}, and {newest} was published for {os}-{arch}."
        );

    /// <summary>A release that somebody else published at the same time, or of a version that is there.</summary>
    public static KmException PublishedAlready(string name, string version, string os, string arch) =>
        Conflict("This release is there already", $"{name} {version} or its releaseSequence was published for {os}-{arch}.");

    /// <summary>Answers with an error.</summary>
    public static Task WriteAsync(HttpContext context, KmError error) => WriteAsync(context, error, StatusOf(error.Code));

    /// <summary>Turns what the rest of the pipeline throws into an answer; the client never learns more than it has to know.</summary>
    public static async Task GuardAsync(HttpContext context, RequestDelegate next, ILogger logger)
    {
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested && e is (OperationCanceledException or IOException))
        {
            // The client is gone: nobody reads an answer.
            context.Abort();
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            Log(logger, context, e);
            await AnswerAsync(context, e).ConfigureAwait(false);
        }
    }

    /// <summary>Whether the database is away or overloaded: that passes. EF Core wraps what it cannot repeat.</summary>
    public static bool IsOutage(Exception? exception) =>
        exception is DbException { IsTransient: true } || (exception is not null && IsOutage(exception.InnerException));

    /// <summary>What clients caused is a line of <c>RequestLog</c>; what is ours has more.</summary>
    private static void Log(ILogger logger, HttpContext context, Exception e)
    {
        if (IsOutage(e))
            logger.LogError(
                "The database does not answer [{Code}]: {Reason}, trace {Trace}",
                ErrorCode.ApiBusy,
                e.GetBaseException().Message,
                context.TraceIdentifier
            );
        else if (e is KmException ours && IsOurs(e))
            logger.LogError(
                "{Summary} [{Code}]: {Detail}, trace {Trace}",
                ours.Error.Summary,
                ours.Error.Code,
                ours.Error.Detail,
                context.TraceIdentifier
            );
        else if (e is not (KmException or BadHttpRequestException or PackageFormatException))
            logger.LogError(e, "A request failed [{Code}], trace {Trace}", ErrorCode.ApiInternal, context.TraceIdentifier);
    }

    /// <summary>Gives an answer without a body, like that to a path that nobody serves, its problem details.</summary>
    public static Task HandleStatusAsync(StatusCodeContext context)
    {
        var http = context.HttpContext;
        var status = http.Response.StatusCode;
        var error = status switch
        {
            StatusCodes.Status404NotFound => NotFound("address", "See /openapi/v1.json").Error,
            StatusCodes.Status405MethodNotAllowed => Invalid($"{http.Request.Method} is not for this address").Error,
            StatusCodes.Status413PayloadTooLarge => TooLarge,
            StatusCodes.Status415UnsupportedMediaType => Invalid("The body has a content type that is not understood").Error,
            StatusCodes.Status504GatewayTimeout => new KmError(ErrorCode.ApiBusy, "The request took too long", Hint: "Try again"),
            >= 500 => Internal(http),
            _ => Invalid($"Status {status}").Error,
        };
        return WriteAsync(http, error, status);
    }

    private static Task AnswerAsync(HttpContext context, Exception exception) =>
        exception switch
        {
            KmException ours when IsOurs(ours) => WriteAsync(
                context,
                new KmError(ours.Error.Code, "Packages cannot be signed at the moment", Hint: "Try again later")
            ),
            KmException known => WriteAsync(context, known.Error),
            PackageFormatException { Code: ErrorCode.SignerRole } wrong => WriteAsync(
                context,
                PackageErrors.Explain(wrong),
                StatusCodes.Status400BadRequest
            ),
            PackageFormatException package => WriteAsync(
                context,
                new KmError(package.Code, "The package cannot be used", package.Message, "Correct the release"),
                package.Code == ErrorCode.SigningKeys ? StatusCodes.Status500InternalServerError : StatusCodes.Status400BadRequest
            ),
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => WriteAsync(context, TooLarge),
            BadHttpRequestException bad => WriteAsync(context, Invalid(bad.Message).Error, bad.StatusCode),
            _ when IsOutage(exception) => WriteAsync(
                context,
                new KmError(ErrorCode.ApiBusy, "The API cannot take more at the moment", "Its database does not answer.", "Try again")
            ),
            _ => WriteAsync(context, Internal(context)),
        };

    /// <summary>What is wrong with the keys is for the operator, who has the log: it tells where they are.</summary>
    private static bool IsOurs(Exception exception) =>
        exception is KmException { Error.Code: ErrorCode.SigningKeys or ErrorCode.ExternalSigner };

    private static KmError Internal(HttpContext context) =>
        new(
            ErrorCode.ApiInternal,
            "Something went wrong in the API",
            $"Trace {context.TraceIdentifier}",
            "Try again; if it stays, report it with the trace"
        );

    private static Task WriteAsync(HttpContext context, KmError error, int status)
    {
        context.Features.Set(new Refusal(error.Code));
        context.Response.StatusCode = status;
        context.Response.ContentType = ContentType;
        context.Response.Headers.CacheControl = "no-store";
        if (status == StatusCodes.Status401Unauthorized)
            context.Response.Headers.WWWAuthenticate = "Bearer";
        if (status == StatusCodes.Status503ServiceUnavailable && context.Response.Headers.RetryAfter.Count == 0)
            context.Response.Headers.RetryAfter = "1";
        var problem = new ApiProblem
        {
            Type = "about:blank",
            Title = error.Summary,
            Status = status,
            Detail = error.Detail,
            Code = error.Code,
            Hint = error.Hint,
        };
        return context.Response.WriteAsync(JsonSerializer.Serialize(problem, ApiJson.Of<ApiProblem>()), context.RequestAborted);
    }
}
