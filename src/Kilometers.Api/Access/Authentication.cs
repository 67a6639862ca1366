using System.Security.Cryptography;
using Kilometers.Api.Http;
using Kilometers.Api.Keys;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Access;

/// <summary>
/// Lets in who may call an endpoint (<see cref="AccessRule"/>). Whatever is wrong with a key, the answer is the same: nobody learns whether
/// a key exists, was revoked, or has expired.
/// </summary>
internal sealed class Authentication(
    KeyDirectory directory,
    ServerSecret secret,
    IssuerKeys issuers,
    RateLimits rates,
    RefusedAttempts refused,
    TimeProvider time
)
{
    private static readonly byte[] NobodysHash = new byte[32];

    /// <exception cref="KmException"><c>API_AUT_001</c>, <c>API_AUT_002</c>, <c>API_AUT_004</c> or <c>API_LIM_001</c>: not let in.</exception>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var endpoint = context.GetEndpoint();

        // Whatever needs a key is about a customer or for the operator: no proxy and no browser keeps it.
        if (endpoint.Rule() != AccessRule.Anyone)
            context.Response.Headers.CacheControl = "no-store";
        switch (endpoint.Rule())
        {
            case AccessRule.Anyone:
                break;
            case AccessRule.Customer:
                Admit(context, await ByKeyAsync(context).ConfigureAwait(false));
                break;
            case AccessRule.CustomerOrPlugin:
                Admit(
                    context,
                    Presented(context) is { } text && text.StartsWith("km_", StringComparison.Ordinal)
                        ? await ByKeyAsync(context).ConfigureAwait(false)
                        : await ByTokenAsync(context).ConfigureAwait(false)
                );
                break;
            case AccessRule.Operator:
                if (Presented(context) is not { } key || !secret.IsOperatorKey(key))
                    throw Refuse(
                        context,
                        "operator.refused",
                        new KmError(
                            ErrorCode.ApiOperatorRefused,
                            "The operator's key is missing or wrong",
                            Hint: "Give the operator's key as the API's configuration names it"
                        ),
                        ""
                    );
                break;
            default:
                throw new InvalidOperationException($"{endpoint} does not say who may call it");
        }

        await next(context).ConfigureAwait(false);
    }

    private async Task<KnownKey> ByKeyAsync(HttpContext context)
    {
        var key = ApiKey.Parse(Presented(context));
        var known = key is null ? null : await directory.FindAsync(key.Id, context.RequestAborted).ConfigureAwait(false);
        var isRight = CryptographicOperations.FixedTimeEquals(
            key is null ? NobodysHash : secret.HashOf(key),
            known?.Key.Hash ?? NobodysHash
        );
        return isRight && known is not null && known.Key.IsValidAt(time.GetUtcNow().ToUnixTimeMilliseconds())
            ? known
            : throw Unknown(context, key?.Id ?? "");
    }

    /// <summary>A token counts for as long as its key and its customer do.</summary>
    private async Task<KnownKey> ByTokenAsync(HttpContext context)
    {
        var now = time.GetUtcNow();
        var token = Presented(context) is { } text ? await issuers.VerifyAsync(text, context.RequestAborted).ConfigureAwait(false) : null;
        var known =
            token is null || now.ToUnixTimeSeconds() >= token.ExpiresAt
                ? null
                : await directory.FindAsync(token.KeyId, context.RequestAborted).ConfigureAwait(false);
        return known is not null && known.Caller.CustomerId == token!.CustomerId && known.Key.IsValidAt(now.ToUnixTimeMilliseconds())
            ? known
            : throw Unknown(context, token?.KeyId ?? "");
    }

    private void Admit(HttpContext context, KnownKey known)
    {
        rates.CountKey(context, known.Key.Id);
        if (known.Customer.SuspendedAt is not null)
            throw Refuse(
                context,
                "customer.refused",
                new KmError(ErrorCode.ApiCustomerSuspended, "The customer is suspended", Hint: "Contact support"),
                known.Key.Id
            );
        context.Features.Set(known.Caller);
    }

    private KmException Unknown(HttpContext context, string keyId) =>
        Refuse(
            context,
            "key.refused",
            new KmError(ErrorCode.ApiKeyRefused, "The API key is not valid", Hint: "Sign in with a current key: km auth login"),
            keyId
        );

    private KmException Refuse(HttpContext context, string name, KmError error, string keyId)
    {
        refused.Add(name, error.Code, $"key={keyId} address={context.Connection.RemoteIpAddress}");
        return new KmException(error);
    }

    /// <summary>What was presented, in one place only: of two different ones, which one counts?</summary>
    private static string? Presented(HttpContext context)
    {
        var (authorization, header) = (context.Request.Headers.Authorization, context.Request.Headers["X-API-Key"]);
        if (authorization.Count + header.Count != 1)
            return null;
        var text =
            header.Count == 1 ? header[0]
            : authorization[0] is { } value && value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
                ? value["Bearer ".Length..].Trim()
            : null;
        return text is { Length: > 0 } ? text : null;
    }
}
