using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Kilometers.EndToEnd.Tests.Accounts;

namespace Kilometers.EndToEnd.Tests.Promises;

/// <summary>Questions at every edge, bodies that two readers could understand differently, and answers that no cache keeps.</summary>
public sealed class ApiRequestTests(ApiServer api) : IClassFixture<ApiServer>
{
    private static readonly string[] Edges =
    [
        "",
        "0",
        "-1",
        "0001-01-01",
        "0001-01-01T00:00:00Z",
        "9999-12-31",
        "9999-12-31T23:59:59.9999999Z",
        "0001-01-01T00:00:00%2B14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-02-30",
        "2026-01-01T24:00:00Z",
        "1970-01-01T00:00:00Z",
        "99999999999999999999",
        "-9223372036854775808",
        "9223372036854775807",
        "2147483648",
        "NaN",
        "null",
        "true",
        "%00",
        "%FF%FE",
        "%F0%9F%98%80",
        "'%20OR%20'1'='1",
        "%25",
        "*",
        "[",
        "\\",
        "%0d%0aX-Injected:%201",
    ];

    public static TheoryData<string> Questions =>
        [
            "api/events?after=",
            "api/events?before=",
            "api/events?session=",
            "api/events?method=",
            "api/events?direction=",
            "api/events?limit=",
            "api/events?cursor=",
            "api/events?payload=",
            "api/stats?after=",
            "api/stats?before=",
            "api/plugins/available?platform=",
            "api/plugins/download/",
            "api/km/releases?platform=",
            "api/km/download/",
        ];

    [Theory]
    [MemberData(nameof(Questions))]
    public async Task No_edge_of_a_parameter_is_a_fault_of_the_servers(string question)
    {
        var (_, key) = await api.CreateCustomerAsync("Pro");
        foreach (var edge in Edges)
        {
            using var answer = await SendAsync(key, HttpMethod.Get, question + edge);
            Assert.True((int)answer.StatusCode < 500, $"{question}{edge}: {answer.StatusCode}");
            Assert.False(answer.Headers.Contains("X-Injected"), question + edge);
        }

        // The same question twice, and both ends of a range at their edges.
        var name = question[(question.IndexOf('?', StringComparison.Ordinal) + 1)..];
        using var twice = await SendAsync(key, HttpMethod.Get, $"{question}2026-01-01&{name}2026-01-02");
        Assert.True((int)twice.StatusCode < 500, $"{question} twice: {twice.StatusCode}");
    }

    [Theory]
    [InlineData("after=0001-01-01&before=9999-12-31T23:59:59.9999999Z")]
    [InlineData("after=9999-12-31&before=0001-01-01")]
    [InlineData("after=0001-01-01&before=0001-01-02")]
    [InlineData("after=9999-12-31T23:59:59Z&before=9999-12-31T23:59:59.9999999Z")]
    [InlineData("after=2026-01-01T00:00:00%2B14:00&before=2026-01-01T00:00:00-12:00")]
    public async Task No_range_of_time_is_a_fault_of_the_servers(string range)
    {
        var (_, key) = await api.CreateCustomerAsync("Pro");
        foreach (var path in new[] { "api/stats", "api/events" })
        {
            using var answer = await SendAsync(key, HttpMethod.Get, $"{path}?{range}");
            Assert.True((int)answer.StatusCode < 500, $"{path}?{range}: {answer.StatusCode}");
        }
    }

    [Theory]
    [InlineData("api/plugins/provision", """{"platform":"linux-x64","plugins":["all"],"plugins":["api-logger"]}""")]
    [InlineData("api/plugins/provision", """{"platform":"linux-x64","platform":"linux-arm64","plugins":["all"]}""")]
    [InlineData("api/plugins/provision", """{"platform":"linux-x64","pl\u0061tform":"linux-arm64","plugins":["all"]}""")]
    [InlineData("api/plugins/authenticate", """{"plugins":[],"plugins":[]}""")]
    [InlineData("api/plugins/authenticate", """{"plugins":[{"name":"api-logger","name":"other","version":"1.0.0"}]}""")]
    [InlineData("api/events/batch", """{"events":[],"events":[]}""")]
    public async Task A_body_in_which_a_member_comes_twice_is_refused(string path, string body)
    {
        var (_, key) = await api.CreateCustomerAsync("Pro");
        using var answer = await SendAsync(key, HttpMethod.Post, path, body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(
            "API_REQ_001",
            JsonElement.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).GetProperty("code").GetString()
        );
    }

    [Theory]
    [InlineData("api/plugins/available?platform=linux-x64")]
    [InlineData("api/subscription/status")]
    [InlineData("api/events")]
    [InlineData("api/events?limit=nonsense")]
    [InlineData("api/stats")]
    [InlineData("api/plugins/download/unknown")]
    [InlineData("api/unknown")]
    public async Task No_cache_keeps_what_a_customer_is_answered(string path)
    {
        var (_, key) = await api.CreateCustomerAsync("Pro");
        using var answer = await SendAsync(key, HttpMethod.Get, path);
        Assert.True(answer.Headers.CacheControl?.NoStore, $"{path}: {answer.StatusCode} {answer.Headers}");
        using var byHeader = new HttpRequestMessage(HttpMethod.Get, $"{api.Endpoint}/{path}");
        byHeader.Headers.Add("X-API-Key", key);
        using var http = new HttpClient();
        using var same = await http.SendAsync(byHeader, TestContext.Current.CancellationToken);
        Assert.True(same.Headers.CacheControl?.NoStore, $"{path}: {same.StatusCode} {same.Headers}");
    }

    [Fact]
    public async Task No_cache_keeps_a_package_or_a_refusal_of_a_key()
    {
        var (_, key) = await api.CreateCustomerAsync("Pro");
        var provisioned = await api.AsCustomerAsync(
            key,
            "api/plugins/provision",
            new { platform = ApiServer.Platform, plugins = new[] { "api-logger" } }
        );
        var address = provisioned.GetProperty("packages")[0].GetProperty("downloadUrl").GetString()!;
        var path = new Uri(new Uri(api.Endpoint), address).PathAndQuery[1..];
        using var package = await SendAsync(key, HttpMethod.Get, path);
        Assert.Equal((HttpStatusCode.OK, true), (package.StatusCode, package.Headers.CacheControl?.NoStore));
        using var refused = await SendAsync(key + "x", HttpMethod.Get, "api/subscription/status");
        Assert.Equal((HttpStatusCode.Unauthorized, true), (refused.StatusCode, refused.Headers.CacheControl?.NoStore));
    }

    private async Task<HttpResponseMessage> SendAsync(string key, HttpMethod method, string path, string? body = null)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var request = new HttpRequestMessage(
            method,
            new Uri($"{api.Endpoint}/{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true })
        );
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        return await http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
