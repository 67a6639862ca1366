using System.Net;
using Kilometers.Api.Tests.Running;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.Entitlements.Tokens;

namespace Kilometers.Api.Tests.Entitlements;

public sealed class EntitlementSqliteTests(SqliteApi api) : EntitlementTests(api), IClassFixture<SqliteApi>;

public sealed class EntitlementPostgresTests(PostgresApi api) : EntitlementTests(api), IClassFixture<PostgresApi>;

/// <summary>What a customer may use at this moment.</summary>
public abstract class EntitlementTests(ApiFixture fixture)
{
    private static int LastPlugin;

    [Theory]
    [InlineData("Free", "", 0)]
    [InlineData("Pro", "advanced_analytics api_logging opentelemetry", 72)]
    [InlineData(
        "Enterprise",
        "advanced_analytics api_logging compliance_reporting interception ml_features opentelemetry team_collaboration",
        720
    )]
    public async Task A_token_says_what_the_tier_includes(string tier, string features, int offlineHours)
    {
        using var customer = await fixture.CustomerAsync(tier);
        var answer = await customer.AuthenticateAsync();
        var token = EntitlementToken.Verify(answer.Token, ApiProcess.PublicUrl, Convert.FromBase64String(answer.IssuerKey));
        Assert.NotNull(token);
        Assert.Equal((customer.Id, customer.KeyId, tier), (token.CustomerId, token.KeyId, token.Tier));
        Assert.Equal(features, string.Join(' ', token.Features));
        Assert.Equal(600, token.ExpiresAt - token.IssuedAt);
        Assert.Equal(Math.Max(600, offlineHours * 3600), token.OfflineUntil - token.IssuedAt);
        Assert.Equal(answer.RevocationNumber, token.RevocationNumber);

        using var response = await customer.Client.GetAsync("/api/subscription/status", TestContext.Current.CancellationToken);
        var status = await Operator.ReadAsync<SubscriptionStatus>(response);
        Assert.Equal((tier, features, ApiProcess.PublicUrl), (status.Tier, string.Join(' ', status.Features), status.Issuer));
    }

    [Fact]
    public async Task A_change_of_tier_and_features_is_in_the_next_token()
    {
        var name = await PublishAsync("Pro");
        using var customer = await fixture.CustomerAsync("Pro");
        using var admin = (await fixture.StartAsync()).Operator();
        var package = (await customer.ProvisionAsync(name))[0];
        Assert.True(Token(await customer.AuthenticateAsync(package)).Allows(name, package.Id));

        await admin.SubscribeAsync(customer.Id, "Free");
        var lower = await customer.AuthenticateAsync(package);
        Assert.Equal(ErrorCode.TierTooLow, lower.Plugins[0].Code);
        Assert.False(Token(lower).Allows(name, package.Id));
        Assert.Empty(Token(lower).Features);

        await admin.PostAsync<CustomerRecord>(
            $"customers/{customer.Id}/subscription",
            """{"tier":"Pro","featuresAdded":["ml_features"],"featuresRemoved":["api_logging"]}"""
        );
        var higher = Token(await customer.AuthenticateAsync(package));
        Assert.True(higher.Allows(name, package.Id));
        Assert.Equal(["advanced_analytics", "ml_features", "opentelemetry"], higher.Features);
    }

    [Fact]
    public async Task A_build_counts_with_the_customers_other_keys_until_its_own_is_revoked()
    {
        var name = await PublishAsync("Free");
        using var customer = await fixture.CustomerAsync("Pro");
        using var other = await fixture.AnotherKeyAsync(customer);
        var package = (await customer.ProvisionAsync(name))[0];
        Assert.True((await other.AuthenticateAsync(package)).Plugins[0].Allowed);
        using (var admin = (await fixture.StartAsync()).Operator())
            await admin.PostAsync($"keys/{customer.KeyId}/revoke");

        // At once on the node that revoked it.
        using var refused = await customer.TryAuthenticateAsync(package);
        await Customer.RefusedAsync(refused, HttpStatusCode.Unauthorized, ErrorCode.ApiKeyRefused);
        Assert.Equal(ErrorCode.EntitlementDenied, (await other.AuthenticateAsync(package)).Plugins[0].Code);
    }

    [Fact]
    public async Task A_build_is_allowed_only_under_its_own_name_and_version()
    {
        var name = await PublishAsync("Free");
        using var customer = await fixture.CustomerAsync("Pro");
        var package = (await customer.ProvisionAsync(name))[0];
        foreach (
            var wrong in new[]
            {
                package with
                {
                    Name = "another",
                },
                package with
                {
                    Version = "9.9.9",
                },
                package with
                {
                    Id = "bld_unknown",
                },
            }
        )
            Assert.Equal(ErrorCode.EntitlementDenied, (await customer.AuthenticateAsync(wrong)).Plugins[0].Code);
    }

    [Fact]
    public async Task A_revoked_version_is_denied_and_no_longer_offered()
    {
        var name = await PublishAsync("Free");
        using var customer = await fixture.CustomerAsync("Pro");
        var package = (await customer.ProvisionAsync(name))[0];
        using var admin = (await fixture.StartAsync()).Operator();
        var before = await admin.GetAsync<RevocationRecord>("revocations");
        var list = await admin.PostAsync<RevocationRecord>("revocations", $$"""{"versions":[{"name":"{{name}}","to":"1.0.0"}]}""");
        Assert.Equal(before.Number + 1, list.Number);
        var answer = await customer.AuthenticateAsync(package);
        Assert.Equal(ErrorCode.Revoked, answer.Plugins[0].Code);
        Assert.True(answer.RevocationNumber >= list.Number);
        using var provision = await customer.PostAsync("/api/plugins/provision", $$"""{"platform":"linux-x64","plugins":["{{name}}"]}""");
        await Customer.RefusedAsync(provision, HttpStatusCode.NotFound, ErrorCode.ApiNotFound);

        using var first = await customer.Client.GetAsync("/api/plugins/revocations", TestContext.Current.CancellationToken);
        using var again = new HttpRequestMessage(HttpMethod.Get, "/api/plugins/revocations")
        {
            Headers = { IfNoneMatch = { first.Headers.ETag! } },
        };
        using var unchanged = await customer.Client.SendAsync(again, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
    }

    [Fact]
    public async Task After_a_rotation_the_oldest_build_still_finds_its_issuers_key()
    {
        var (old, young) = (await PublishAsync("Free"), await PublishAsync("Free"));
        using var customer = await fixture.CustomerAsync("Pro");
        using var admin = (await fixture.StartAsync()).Operator();
        var first = (await customer.ProvisionAsync(old))[0];
        var firstKey = (await customer.AuthenticateAsync(first)).IssuerKey;

        var created = await admin.PostAsync<IssuerKeyRecord>("issuer-keys", """{"activate":false}""");
        Assert.Equal(firstKey, (await customer.AuthenticateAsync()).IssuerKey);
        await admin.PostAsync($"issuer-keys/{created.Id}/activate");
        var second = (await customer.ProvisionAsync(young))[0];
        Assert.Equal(created.PublicKey, (await customer.AuthenticateAsync(second)).IssuerKey);
        Assert.Equal(firstKey, (await customer.AuthenticateAsync(first, second)).IssuerKey);

        var previous = (await admin.GetAsync<IssuerKeyList>("issuer-keys")).Keys.Single(key => key.PublicKey == firstKey);
        await admin.PostAsync($"issuer-keys/{previous.Id}/retire");
        var renewed = (await customer.ProvisionAsync(old))[0];
        Assert.NotEqual(first.Id, renewed.Id);
        using var current = await admin.Client.PostAsync(
            $"/api/admin/issuer-keys/{created.Id}/retire",
            null,
            TestContext.Current.CancellationToken
        );
        await Customer.RefusedAsync(current, HttpStatusCode.Conflict, ErrorCode.ApiConflict);
    }

    [Theory]
    [InlineData("""{"nonce":"AAAA","cliVersion":"1.0.0","plugins":[]}""", "nonce")]
    [InlineData("""{"nonce":"AAAAAAAAAAAAAAAAAAAAAA==","cliVersion":"one","plugins":[]}""", "cliVersion")]
    [InlineData("""{"nonce":"AAAAAAAAAAAAAAAAAAAAAA==","cliVersion":"1.0.0","plugins":[null]}""", "plugins")]
    [InlineData(
        """{"nonce":"AAAAAAAAAAAAAAAAAAAAAA==","cliVersion":"1.0.0","plugins":[{"name":"../x","version":"1.0.0","buildId":"b"}]}""",
        "name"
    )]
    [InlineData("""{"nonce":"AAAAAAAAAAAAAAAAAAAAAA==","cliVersion":"1.0.0","plugins":[{"name":"xx","version":"1.0.0"}]}""", "buildId")]
    [InlineData("""{"nonce":"AAAAAAAAAAAAAAAAAAAAAA==","nonce":"AAAAAAAAAAAAAAAAAAAAAA==","cliVersion":"1.0.0","plugins":[]}""", "nonce")]
    [InlineData("""{"cliVersion":"1.0.0","plugins":[]}""", "nonce")]
    [InlineData("""{"nonce":"AAAAAAAAAAAAAAAAAAAAAA==","cliVersion":1,"plugins":[]}""", "cliVersion")]
    public async Task A_malformed_request_is_told_what_is_wrong(string body, string member)
    {
        using var customer = await fixture.CustomerAsync("Pro");
        using var response = await customer.PostAsync("/api/plugins/authenticate", body);
        var problem = await Customer.RefusedAsync(response, HttpStatusCode.BadRequest, ErrorCode.ApiRequestInvalid);
        Assert.Contains(member, problem.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("Kilometers", problem.Detail, StringComparison.Ordinal);
    }

    private static EntitlementToken Token(EntitlementAnswer answer) =>
        EntitlementToken.Verify(answer.Token, answer.Issuer, Convert.FromBase64String(answer.IssuerKey))!;

    private async Task<string> PublishAsync(string tier)
    {
        var name = $"entitled-{Interlocked.Increment(ref LastPlugin)}-{fixture.GetType().Name.ToLowerInvariant()}";
        using var admin = (await fixture.StartAsync()).Operator();
        await admin.PublishAsync(name, tier);
        return name;
    }
}
