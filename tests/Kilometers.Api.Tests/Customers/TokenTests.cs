using System.Security.Cryptography;
using Kilometers.Api.Access;
using Kilometers.Api.Customers;
using Kilometers.Api.Keys;
using Kilometers.Api.Tests.Running;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.Entitlements.Tokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Kilometers.Api.Tests.Customers;

/// <summary>A plugin is let in with its entitlement token, where an endpoint says so.</summary>
public sealed class TokenTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_lets_in_where_plugins_are_welcome_until_it_ends()
    {
        await using var api = await ApiServices.StartAsync();
        var (customer, key) = await CustomerAsync(api);
        var token = await TokenAsync(api, customer, key);
        var caller = await AskAsync(api, AccessRule.CustomerOrPlugin, token);
        Assert.Equal((customer, Tier.Pro, ApiKey.Parse(key)!.Id), (caller.CustomerId, caller.Tier, caller.KeyId));
        Assert.Equal(customer, (await AskAsync(api, AccessRule.CustomerOrPlugin, key)).CustomerId);
        await RefusedAsync(api, AccessRule.Customer, token, ErrorCode.ApiKeyRefused);
        await RefusedAsync(api, AccessRule.Operator, token, ErrorCode.ApiOperatorRefused);
        api.Time.Advance(TimeSpan.FromMinutes(10));
        await RefusedAsync(api, AccessRule.CustomerOrPlugin, token, ErrorCode.ApiKeyRefused);
    }

    [Fact]
    public async Task A_token_counts_no_longer_than_its_key_and_its_customer()
    {
        await using var api = await ApiServices.StartAsync();
        var register = api.Get<CustomerRegister>();
        var (customer, key) = await CustomerAsync(api);
        var token = await TokenAsync(api, customer, key);
        await register.SubscribeAsync(customer, Tier.Free, [], [], Stop);
        Assert.Empty((await AskAsync(api, AccessRule.CustomerOrPlugin, token)).Features);
        await register.SuspendAsync(customer, suspend: true, Stop);
        await RefusedAsync(api, AccessRule.CustomerOrPlugin, token, ErrorCode.ApiCustomerSuspended);
        await register.SuspendAsync(customer, suspend: false, Stop);
        await register.RevokeKeyAsync(ApiKey.Parse(key)!.Id, Stop);
        await RefusedAsync(api, AccessRule.CustomerOrPlugin, token, ErrorCode.ApiKeyRefused);
    }

    [Fact]
    public async Task A_token_of_another_issuer_or_customer_is_none()
    {
        await using var api = await ApiServices.StartAsync();
        var ((customer, key), (other, _)) = (await CustomerAsync(api), await CustomerAsync(api));
        using var foreign = RSA.Create(3072);
        await RefusedAsync(api, AccessRule.CustomerOrPlugin, Token(api, customer, key).Sign(foreign), ErrorCode.ApiKeyRefused);
        await RefusedAsync(api, AccessRule.CustomerOrPlugin, await TokenAsync(api, other, key), ErrorCode.ApiKeyRefused);
        var good = await TokenAsync(api, customer, key);
        await RefusedAsync(api, AccessRule.CustomerOrPlugin, good[..^8] + "AAAAAAAA", ErrorCode.ApiKeyRefused);

        // A retired issuer's key verifies nothing any more.
        var issuers = api.Get<IssuerKeys>();
        var old = await issuers.CurrentAsync(Stop);
        api.Time.Advance(TimeSpan.FromSeconds(1));
        await issuers.CreateAsync(activate: true, Stop);
        await AskAsync(api, AccessRule.CustomerOrPlugin, good);
        Assert.True(await issuers.RetireAsync(old.Id, Stop));
        await RefusedAsync(api, AccessRule.CustomerOrPlugin, good, ErrorCode.ApiKeyRefused);
    }

    [Fact]
    public async Task An_endpoint_that_names_nobody_lets_nobody_in()
    {
        await using var api = await ApiServices.StartAsync();
        var (_, key) = await CustomerAsync(api);
        await Assert.ThrowsAsync<InvalidOperationException>(() => AskAsync(api, AccessRule.Nobody, key));
    }

    [Fact]
    public async Task A_remembered_key_is_looked_up_again_after_the_time_that_was_set()
    {
        await using var api = await ApiServices.StartAsync();
        var (_, key) = await CustomerAsync(api);
        var directory = api.Get<KeyDirectory>();
        var id = ApiKey.Parse(key)!.Id;
        var first = await directory.FindAsync(id, Stop);
        Assert.Same(first, await directory.FindAsync(id, Stop));
        api.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.NotSame(first, await directory.FindAsync(id, Stop));
    }

    private static async Task<(string CustomerId, string Key)> CustomerAsync(ApiServices api)
    {
        var register = api.Get<CustomerRegister>();
        var customer = await register.CreateAsync("A customer", Tier.Pro, null, Stop);
        return (customer.Id, (await register.CreateKeyAsync(customer.Id, "tests", null, Stop)).Key);
    }

    private static async Task<string> TokenAsync(ApiServices api, string customer, string key)
    {
        var issuers = api.Get<IssuerKeys>();
        using var rsa = issuers.Open((await issuers.CurrentAsync(Stop)).Id);
        return Token(api, customer, key).Sign(rsa);
    }

    private static EntitlementToken Token(ApiServices api, string customer, string key)
    {
        var now = api.Time.GetUtcNow().ToUnixTimeSeconds();
        return new EntitlementToken
        {
            Issuer = ApiProcess.PublicUrl,
            CustomerId = customer,
            Id = "ent_1",
            IssuedAt = now,
            ExpiresAt = now + 600,
            OfflineUntil = now + 600,
            KeyId = ApiKey.Parse(key)!.Id,
            Tier = "Pro",
            Features = ["api_logging"],
            Plugins = new Dictionary<string, IReadOnlyList<string>>(),
            Nonce = "AAAA",
            RevocationNumber = 0,
        };
    }

    private static async Task<Caller> AskAsync(ApiServices api, AccessRule rule, string bearer)
    {
        var endpoint = new RouteEndpointBuilder(_ => Task.CompletedTask, RoutePatternFactory.Parse("/"), 0);
        new Conventions(endpoint).For(rule);
        var context = new DefaultHttpContext();
        context.SetEndpoint(endpoint.Build());
        context.Request.Headers.Authorization = "Bearer " + bearer;
        await api.Get<Authentication>().InvokeAsync(context, _ => Task.CompletedTask);
        return context.Caller();
    }

    private static async Task RefusedAsync(ApiServices api, AccessRule rule, string bearer, string code) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<KmException>(() => AskAsync(api, rule, bearer))).Error.Code);

    private sealed class Conventions(EndpointBuilder endpoint) : IEndpointConventionBuilder
    {
        public void Add(Action<EndpointBuilder> convention) => convention(endpoint);
    }
}
