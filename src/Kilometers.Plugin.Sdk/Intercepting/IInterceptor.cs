namespace Kilometers.Plugin.Sdk.Intercepting;

/// <summary>
/// A plugin that decides about requests before the server sees them: implement it in the class that derives from
/// <see cref="KilometersPlugin"/>. km asks only where the plugin's signed manifest says <c>"intercept": true</c>, the customer's entitlement
/// has the feature <c>interception</c>, and the administrator's policy names the plugin and the methods.
/// </summary>
public interface IInterceptor
{
    /// <summary>
    /// Decides about a request. The client's messages wait meanwhile, for some 50 ms at most: decide from what is in memory. Called beside the
    /// handlers of the same session, on another thread. What it throws counts as no verdict, and then the policy decides.
    /// </summary>
    /// <param name="request">The request. The server has not seen it.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits for the verdict any more.</param>
    ValueTask<Verdict> InterceptAsync(HeldRequest request, CancellationToken cancellationToken);
}
