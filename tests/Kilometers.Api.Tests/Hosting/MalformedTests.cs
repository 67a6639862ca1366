using System.Net;
using System.Text;
using System.Text.Json;
using CsCheck;
using Kilometers.Api.Tests.Running;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Tests.Hosting;

public sealed class MalformedSqliteTests(SqliteApi api) : MalformedTests(api), IClassFixture<SqliteApi>;

public sealed class MalformedPostgresTests(PostgresApi api) : MalformedTests(api), IClassFixture<PostgresApi>;

/// <summary>Whatever comes, the answer is a problem with a code, and never our fault.</summary>
public abstract class MalformedTests(ApiFixture fixture)
{
    private static readonly (string Method, string Path, string Body)[] Requests =
    [
        ("POST", "/api/plugins/provision", """{"platform":"linux-x64","plugins":["all"]}"""),
        (
            "POST",
            "/api/plugins/authenticate",
            """{"nonce":"AAAAAAAAAAAAAAAAAAAAAA==","cliVersion":"1.0.0","plugins":[{"name":"api-logger","version":"1.0.0","buildId":"bld_1"}]}"""
        ),
        ("POST", "/api/admin/customers", """{"name":"Example","tier":"Pro"}"""),
        ("POST", "/api/admin/customers/cus_1/subscription", """{"tier":"Pro","featuresAdded":["ml_features"],"featuresRemoved":[]}"""),
        ("POST", "/api/admin/customers/cus_1/keys", """{"name":"laptop","expiresAt":"2030-01-02T03:04:05Z"}"""),
        ("POST", "/api/admin/keys/key1/rotate", """{"overlapHours":24}"""),
        (
            "POST",
            "/api/admin/revocations",
            """{"certificates":["4f"],"payloads":[],"builds":["b"],"versions":[{"name":"xx","from":"1.0.0","to":"2.0.0"}]}"""
        ),
        ("POST", "/api/admin/issuer-keys", """{"activate":0}"""),
        ("PUT", "/api/admin/revocations", """{"envelope":"AAAA","chain":"-----BEGIN CERTIFICATE-----"}"""),
    ];

    [Fact]
    public async Task A_thousand_mutated_bodies_get_an_answer_each_that_is_not_our_fault()
    {
        using var customer = await fixture.CustomerAsync("Pro");
        var api = await fixture.StartAsync();
        using var client = api.Client();
        var operatorKey = api.OperatorKey;
        var bodies = Gen.Select(
            Gen.Int[0, Requests.Length - 1],
            Gen.Int[0, 5],
            Gen.Int[0, 400],
            Gen.Byte,
            Gen.String,
            (request, way, at, with, text) => (request, Mutate(Encoding.UTF8.GetBytes(Requests[request].Body), way, at, with, text))
        );
        await bodies.SampleAsync(
            async sample =>
            {
                var (method, path, _) = Requests[sample.request];
                using var message = new HttpRequestMessage(new HttpMethod(method), path) { Content = new ByteArrayContent(sample.Item2) };
                message.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
                message.Headers.Authorization = new(
                    "Bearer",
                    path.Contains("/admin/", StringComparison.Ordinal) ? operatorKey : customer.Key
                );
                using var response = await client.SendAsync(message);
                return IsAnswer(response, await response.Content.ReadAsStringAsync());
            },
            iter: 1_200,
            threads: 2
        );
    }

    [Theory]
    [InlineData("text/plain", "{}", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("", "{}", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/json; charset=utf-16", "{}", HttpStatusCode.BadRequest)]
    [InlineData("application/x-www-form-urlencoded", "a=b", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/json", "", HttpStatusCode.BadRequest)]
    public async Task Another_content_type_is_refused(string type, string body, HttpStatusCode status)
    {
        using var customer = await fixture.CustomerAsync("Pro");
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var response = await customer.Client.PostAsync("/api/plugins/provision", content, TestContext.Current.CancellationToken);
        await Customer.RefusedAsync(response, status, ErrorCode.ApiRequestInvalid);
    }

    [Theory]
    [InlineData("GET", "/")]
    [InlineData("GET", "/api/nothing")]
    [InlineData("DELETE", "/api/plugins/available")]
    [InlineData("PATCH", "/api/admin/customers")]
    [InlineData("GET", "/api/plugins/available")]
    [InlineData("GET", "/api/plugins/available?platform=linux-x64&platform=linux-arm64")]
    [InlineData("GET", "/api/plugins/available?platform=%00")]
    [InlineData("GET", "/api/plugins/download/%2e%2e%2fetc")]
    [InlineData("GET", "/api/plugins/download/a?expires=x&signature=%ff")]
    [InlineData("GET", "/api/admin/audit?tail=x")]
    [InlineData("GET", "/api/admin/audit?tail=0")]
    [InlineData("GET", "/api/admin/builds?customer=%00&plugin=%27")]
    public async Task Any_other_request_gets_a_problem_with_a_code(string method, string path)
    {
        using var customer = await fixture.CustomerAsync("Pro");
        var api = await fixture.StartAsync();
        using var client = api.Client(path.Contains("/admin/", StringComparison.Ordinal) ? api.OperatorKey : customer.Key);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.False(response.IsSuccessStatusCode);
        Assert.True(
            IsAnswer(response, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)),
            $"{response.StatusCode}"
        );
    }

    [Fact]
    public async Task The_description_of_the_api_has_every_endpoint()
    {
        using var client = (await fixture.StartAsync()).Client();
        using var document = JsonDocument.Parse(await client.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken));
        var paths = document.RootElement.GetProperty("paths").EnumerateObject().Select(path => path.Name).ToList();
        Assert.Contains("/api/plugins/provision", paths);
        Assert.Contains("/api/admin/customers/{id}/keys", paths);
        Assert.True(document.RootElement.GetProperty("components").GetProperty("schemas").TryGetProperty(nameof(EntitlementAnswer), out _));
    }

    private static byte[] Mutate(byte[] body, int way, int at, byte with, string text)
    {
        at %= body.Length;
        return way switch
        {
            0 => [.. body[..at], with, .. body[(at + 1)..]],
            1 => body[..at],
            2 => [.. body[..at], .. body[at..], .. body[at..]],
            3 => [.. body[..at], .. Encoding.UTF8.GetBytes(text), .. body[at..]],
            4 => Encoding.UTF8.GetBytes(text),
            _ => [.. body[..at], .. Enumerable.Repeat((byte)'[', 100), .. body[at..]],
        };
    }

    private static bool IsAnswer(HttpResponseMessage response, string text)
    {
        if (response.IsSuccessStatusCode)
            return true;
        if ((int)response.StatusCode >= 500 || response.Content.Headers.ContentType?.MediaType != "application/problem+json")
            return false;
        return JsonSerializer.Deserialize(text, ApiJson.Of<ApiProblem>()) is { Code: not null } problem
            && problem.Status == (int)response.StatusCode;
    }
}
