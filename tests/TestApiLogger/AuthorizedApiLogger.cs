using Kilometers.Contracts;
using Kilometers.Plugin.Sdk.Authorization;
using Kilometers.Plugins.ApiLogger;

namespace TestApiLogger;

/// <summary>The plugin, in whose session the customer has paid.</summary>
internal sealed class AuthorizedApiLogger(SharedSpool spool) : ApiLoggerPlugin(spool)
{
    public override ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken) =>
        new(AuthenticationResult.Granted(new Entitlement(Tier.Pro, ["api_logging"], token: "token-of-the-test")));
}
