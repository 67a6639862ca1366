using Kilometers.Contracts;
using Microsoft.AspNetCore.Http.Features;

namespace Kilometers.Api.Access;

/// <summary>Who asks: set by the authentication, taken by endpoints with <see cref="CallerFeature.Caller"/>.</summary>
/// <param name="CustomerId">The customer.</param>
/// <param name="Tier">The customer's tier.</param>
/// <param name="Features">The features of the tier, with what was added and taken for this customer.</param>
/// <param name="KeyId">The public part of the API key, or of the one that the presented token was issued for.</param>
internal sealed record Caller(string CustomerId, Tier Tier, IReadOnlySet<string> Features, string KeyId);

internal static class CallerFeature
{
    /// <summary>Who asks.</summary>
    /// <exception cref="InvalidOperationException">The endpoint is not one for customers.</exception>
    public static Caller Caller(this HttpContext context) => context.Features.GetRequiredFeature<Caller>();
}
