namespace Kilometers.Api.Access;

/// <summary>Who may call an endpoint. Each endpoint says so; one that does not is called by nobody.</summary>
internal enum AccessRule
{
    Nobody = 0,

    /// <summary>Without a key.</summary>
    Anyone = 1,

    /// <summary>A customer with an API key.</summary>
    Customer = 2,

    /// <summary>A customer with an API key, or with an entitlement token: what a plugin has.</summary>
    CustomerOrPlugin = 3,

    /// <summary>The operator.</summary>
    Operator = 4,
}

internal static class AccessRuleMetadata
{
    /// <summary>Says who may call the endpoints.</summary>
    public static TBuilder For<TBuilder>(this TBuilder endpoints, AccessRule rule)
        where TBuilder : IEndpointConventionBuilder => endpoints.WithMetadata(new Access(rule));

    /// <summary>The rule of the endpoint; the last one said counts. What routing itself answers (404, 405, 415) is for anyone.</summary>
    public static AccessRule Rule(this Endpoint? endpoint) =>
        endpoint is RouteEndpoint ? endpoint.Metadata.GetMetadata<Access>()?.Rule ?? AccessRule.Nobody : AccessRule.Anyone;

    private sealed record Access(AccessRule Rule);
}
