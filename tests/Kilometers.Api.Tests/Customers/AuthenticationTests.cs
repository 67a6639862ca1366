using System.Net;
using System.Net.Http.Headers;
using Kilometers.Api.Tests.Running;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Tests.Customers;

public sealed class AuthenticationSqliteTests(SqliteApi api) : AuthenticationTests(api), IClassFixture<SqliteApi>;

public sealed class AuthenticationPostgresTests(PostgresApi api) : AuthenticationTests(api), IClassFixture<PostgresApi>;

/// <summary>Who is let in.</summary>
public abstract class AuthenticationTests(ApiFixture fixture)
{
    private const string Status = "/api/subscription/status";

    [Fact]
    public async Task Whatever_is_wrong_with_a_key_the_answer_is_the_same()
    {
        using var customer = await fixture.CustomerAsync("Pro");
        using var client = (await fixture.StartAsync()).Client();
        var (unknown, other) = (ApiKey.Create().Text, ApiKey.Create());
        var answers = new List<ApiProblem>();
        foreach (
            var presented in new[]
            {
                null,
                "",
                "Bearer",
                "Bearer ",
                $"Bearer {unknown}",
                $"Bearer {customer.Key[..^1]}",
                $"Bearer {customer.Key}x",
                $"Basic {customer.Key}",
                customer.Key,
                $"Bearer {customer.Key.Replace(customer.KeyId, other.Id, StringComparison.Ordinal)}",
                $"Bearer {new string('a', 5000)}",
                "Bearer eyJhbGciOiJub25lIn0.e30.",
            }
        )
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Status);
            if (presented is not null)
                request.Headers.TryAddWithoutValidation("Authorization", presented);
            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            answers.Add(await Customer.RefusedAsync(response, HttpStatusCode.Unauthorized, ErrorCode.ApiKeyRefused));
            Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
        }

        Assert.Single(answers.Distinct());
    }

    [Fact]
    public async Task A_key_is_taken_from_either_header_but_not_from_both()
    {
        using var customer = await fixture.CustomerAsync("Pro");
        using var client = (await fixture.StartAsync()).Client();
        client.DefaultRequestHeaders.Add("X-API-Key", customer.Key);
        using var one = await client.GetAsync(Status, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, one.StatusCode);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", customer.Key);
        using var both = await client.GetAsync(Status, TestContext.Current.CancellationToken);
        await Customer.RefusedAsync(both, HttpStatusCode.Unauthorized, ErrorCode.ApiKeyRefused);
    }

    [Fact]
    public async Task A_suspended_customer_is_refused_until_resumed()
    {
        using var customer = await fixture.CustomerAsync("Pro");
        using var admin = (await fixture.StartAsync()).Operator();
        await admin.PostAsync($"customers/{customer.Id}/suspend");
        using var refused = await customer.Client.GetAsync(Status, TestContext.Current.CancellationToken);
        await Customer.RefusedAsync(refused, HttpStatusCode.Forbidden, ErrorCode.ApiCustomerSuspended);
        await admin.PostAsync($"customers/{customer.Id}/resume");
        using var again = await customer.Client.GetAsync(Status, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    [Fact]
    public async Task A_rotated_key_works_beside_its_successor_for_as_long_as_was_said()
    {
        using var customer = await fixture.CustomerAsync("Pro");
        var api = await fixture.StartAsync();
        using var admin = api.Operator();
        var successor = await admin.PostAsync<CreatedApiKey>($"keys/{customer.KeyId}/rotate", """{"overlapHours":1}""");
        using var fresh = api.Client(successor.Key);
        foreach (var client in new[] { customer.Client, fresh })
        {
            using var response = await client.GetAsync(Status, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        var keys = (await admin.GetAsync<ApiKeyList>($"customers/{customer.Id}/keys")).Keys;
        Assert.NotNull(keys.Single(key => key.Id == customer.KeyId).ExpiresAt);
        Assert.Null(keys.Single(key => key.Id == successor.Record.Id).ExpiresAt);

        await admin.PostAsync<CreatedApiKey>($"keys/{successor.Record.Id}/rotate", """{"overlapHours":0}""");
        using var ended = await fresh.GetAsync(Status, TestContext.Current.CancellationToken);
        await Customer.RefusedAsync(ended, HttpStatusCode.Unauthorized, ErrorCode.ApiKeyRefused);
        using var onceMore = await admin.Client.PostAsync(
            $"/api/admin/keys/{successor.Record.Id}/rotate",
            Operator.Json("""{"overlapHours":0}"""),
            TestContext.Current.CancellationToken
        );
        await Customer.RefusedAsync(onceMore, HttpStatusCode.Conflict, ErrorCode.ApiConflict);
    }

    [Theory]
    [InlineData("GET", "customers")]
    [InlineData("POST", "customers")]
    [InlineData("GET", "audit")]
    [InlineData("POST", "releases")]
    [InlineData("PUT", "revocations")]
    public async Task The_operators_endpoints_refuse_a_customers_key(string method, string path)
    {
        using var customer = await fixture.CustomerAsync("Enterprise");
        using var request = new HttpRequestMessage(new HttpMethod(method), "/api/admin/" + path);
        using var response = await customer.Client.SendAsync(request, TestContext.Current.CancellationToken);
        await Customer.RefusedAsync(response, HttpStatusCode.Unauthorized, ErrorCode.ApiOperatorRefused);
    }

    [Fact]
    public async Task Each_change_leaves_one_record()
    {
        using var customer = await fixture.CustomerAsync("Pro");
        using var admin = (await fixture.StartAsync()).Operator();
        await admin.SubscribeAsync(customer.Id, "Enterprise");
        await admin.PostAsync($"keys/{customer.KeyId}/revoke");
        foreach (var name in new[] { "customer.created", "key.created", "customer.subscription", "key.revoked" })
            Assert.Single(await fixture.AuditAsync(name), line =>
                line.Decision == "Allowed" && line.Detail!.Contains($"customer={customer.Id}", StringComparison.Ordinal)
            );
    }

    [Theory]
    [InlineData("""{"name":"","tier":"Pro"}""")]
    [InlineData("""{"name":"a\u0000b","tier":"Pro"}""")]
    [InlineData("""{"name":"a\u001bb","tier":"Pro"}""")]
    [InlineData("""{"name":"a\ud800b","tier":"Pro"}""")]
    [InlineData("""{"name":"a","tier":"Gold"}""")]
    [InlineData("""{"tier":"Pro"}""")]
    [InlineData("""{"name":null,"tier":"Pro"}""")]
    [InlineData("""[]""")]
    [InlineData("""null""")]
    [InlineData("")]
    public async Task A_customer_needs_a_name_and_a_tier(string body)
    {
        using var admin = (await fixture.StartAsync()).Operator();
        using var response = await admin.Client.PostAsync(
            "/api/admin/customers",
            Operator.Json(body),
            TestContext.Current.CancellationToken
        );
        await Customer.RefusedAsync(response, HttpStatusCode.BadRequest, ErrorCode.ApiRequestInvalid);
    }

    [Theory]
    [InlineData("customers/cus_unknown")]
    [InlineData("customers/%01")]
    [InlineData("customers/..%2f..%2fx")]
    [InlineData("customers/cus_unknown/keys")]
    public async Task What_is_not_there_is_a_404(string path)
    {
        using var admin = (await fixture.StartAsync()).Operator();
        using var response = await admin.Client.GetAsync("/api/admin/" + path, TestContext.Current.CancellationToken);
        await Customer.RefusedAsync(response, HttpStatusCode.NotFound, ErrorCode.ApiNotFound);
    }
}
