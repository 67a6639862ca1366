using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Kilometers.Api.Tests.Running;
using Kilometers.Contracts;

namespace Kilometers.Api.Tests.Hosting;

public sealed class EdgeSqliteTests(SqliteApi api) : EdgeTests(api), IClassFixture<SqliteApi>;

public sealed class EdgePostgresTests(PostgresApi api) : EdgeTests(api), IClassFixture<PostgresApi>;

/// <summary>Every parameter of every endpoint, at its edges: whatever comes, it is never our fault.</summary>
public abstract class EdgeTests(ApiFixture fixture)
{
    // What the description of the API does not name, because those endpoints read their questions themselves.
    private static readonly Dictionary<string, string[]> Unnamed = new()
    {
        ["/api/events"] = ["after", "before", "session", "method", "direction", "limit", "cursor", "payload"],
        ["/api/stats"] = ["after", "before"],
        ["/api/admin/customers/{id}/events"] = ["after", "before", "session", "method", "direction", "limit", "cursor", "payload"],
    };

    private static readonly string[] Times =
    [
        "0001-01-01",
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T23:59:59.9999999-14:00",
        "0001-01-02",
        "1969-12-31T23:59:59Z",
        "2026-02-28",
        "9999-12-31T23:59:59.9999999Z",
        "9999-12-31T23:59:59-14:00",
    ];

    private static readonly string[] Edges =
    [
        .. Times,
        "",
        "0",
        "-1",
        "1",
        "2147483647",
        "2147483648",
        "9223372036854775807",
        "9223372036854775808",
        "1e9",
        "NaN",
        "true",
        "null",
        "*",
        "%",
        "_",
        "\\",
        "'",
        "\"",
        "{}",
        "[]",
        "../..",
        "a/b",
        "\u0000",
        "a\u0000b",
        "\uFFFD",
        "\u202E",
        "é",
        "9999-12-31T00:00:00+14:00",
        "1970-01-01",
        "2026-02-29",
        "2026-13-01",
        "AAAAAAAAAAAAAAAAAAAAAA",
        "_____________________w",
        "linux-x64",
        "km",
        "cus_1",
        new('a', 64),
        new('a', 65),
        new('a', 1_025),
        new('€', 2_000),
    ];

    [Fact]
    public async Task No_edge_of_any_parameter_is_our_fault()
    {
        using var customer = await fixture.CustomerAsync("Pro");
        var api = await fixture.StartAsync();
        using var admin = api.Operator();
        var faults = new ConcurrentBag<string>();
        foreach (var (method, path, names) in await ParametersAsync(api))
        {
            var client = path.StartsWith("/api/admin/", StringComparison.Ordinal) ? admin.Client : customer.Client;
            await Parallel.ForEachAsync(Addresses(path, names, customer.Id), TestContext.Current.CancellationToken, async (address, _) =>
                await TryAsync(client, method, address, faults)
            );
        }

        Assert.Empty(faults);
    }

    [Fact]
    public async Task The_beginning_of_time_is_a_time()
    {
        using var customer = await fixture.CustomerAsync("Pro");
        foreach (
            var question in new[]
            {
                "/api/stats?before=0001-01-01",
                "/api/stats?after=0001-01-01&before=0001-01-02",
                "/api/events?before=0001-01-01",
                "/api/events?after=9999-12-31",
            }
        )
        {
            using var answer = await customer.Client.GetAsync(question, TestContext.Current.CancellationToken);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{question}: {(int)answer.StatusCode}");
        }
    }

    [Fact]
    public async Task What_needs_a_key_is_kept_by_nobody()
    {
        using var customer = await fixture.CustomerAsync("Pro");
        var api = await fixture.StartAsync();
        using var admin = api.Operator();
        using var anonymous = api.Client();
        var checkedOnes = 0;
        foreach (var (method, path, _) in await ParametersAsync(api))
        {
            if (!path.StartsWith("/api/", StringComparison.Ordinal))
                continue;
            foreach (
                var client in new[] { path.StartsWith("/api/admin/", StringComparison.Ordinal) ? admin.Client : customer.Client, anonymous }
            )
            {
                using var request = new HttpRequestMessage(
                    new HttpMethod(method),
                    path.Replace("{id}", method == "DELETE" ? "cus_nobody" : customer.Id, StringComparison.Ordinal)
                );
                using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
                var isPublic = path is "/api/plugins/revocations" || path.StartsWith("/api/km/", StringComparison.Ordinal);
                Assert.True(
                    (answer.Headers.CacheControl?.NoStore ?? false) || (isPublic && answer.IsSuccessStatusCode),
                    $"{method} {path}: {answer.Headers.CacheControl}"
                );
                checkedOnes++;
            }
        }

        Assert.InRange(checkedOnes, 50, int.MaxValue);
    }

    [Theory]
    [InlineData("""{"name":"a","name":"b","tier":"Pro"}""", "/api/admin/customers")]
    [InlineData("""{"name":"a","n\u0061me":"b","tier":"Pro"}""", "/api/admin/customers")]
    [InlineData("""{"events":[{}],"events":[{}],"correlationId":"c","cliVersion":"1","batchTimestamp":"t"}""", "/api/events/batch")]
    [InlineData("""{"events":[{}],"correlationId":"c","cliVersion":"1","batchTimestamp":"t","more":1,"more":2}""", "/api/events/batch")]
    [InlineData("""{"events":[{}],"correlationId":"c","cliVersion":"1","batchTimestamp":"t","\u0065vents":[]}""", "/api/events/batch")]
    public async Task A_member_that_is_there_twice_is_refused(string body, string path)
    {
        using var customer = await fixture.CustomerAsync("Pro");
        using var admin = (await fixture.StartAsync()).Operator();
        var client = path.StartsWith("/api/admin/", StringComparison.Ordinal) ? admin.Client : customer.Client;
        using var answer = await client.PostAsync(path, Operator.Json(body), TestContext.Current.CancellationToken);
        await Customer.RefusedAsync(answer, HttpStatusCode.BadRequest, ErrorCode.ApiRequestInvalid);
    }

    private static IEnumerable<string> Addresses(string path, IReadOnlyList<string> names, string customer)
    {
        foreach (var name in names)
        foreach (var edge in Edges)
            yield return Address(path, name, edge, customer);
        foreach (var name in names.Where(name => !path.Contains($"{{{name}}}", StringComparison.Ordinal)))
            yield return Address(path, name, $"1&{name}=2", customer, escape: false);
        if (!names.Contains("after") || !names.Contains("before"))
            yield break;
        foreach (var after in Times)
        foreach (var before in Times)
            yield return Address(
                path,
                "after",
                $"{Uri.EscapeDataString(after)}&before={Uri.EscapeDataString(before)}",
                customer,
                escape: false
            );
    }

    private static async Task TryAsync(HttpClient client, string method, string address, ConcurrentBag<string> faults)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), address);
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        if ((int)answer.StatusCode >= 500)
            faults.Add($"{(int)answer.StatusCode} {method} {address[..Math.Min(address.Length, 200)]}");
    }

    private static string Address(string path, string name, string value, string customer, bool escape = true)
    {
        var text = escape ? Uri.EscapeDataString(value) : value;
        if (path.Contains($"{{{name}}}", StringComparison.Ordinal))
            return path.Replace($"{{{name}}}", text.Length == 0 ? "%20" : text, StringComparison.Ordinal);
        return $"{path.Replace("{id}", customer, StringComparison.Ordinal)}?{name}={text}";
    }

    /// <summary>Every endpoint, as the API describes itself, with the names of its parameters.</summary>
    private static async Task<List<(string Method, string Path, IReadOnlyList<string> Names)>> ParametersAsync(ApiProcess api)
    {
        using var client = api.Client();
        using var document = JsonDocument.Parse(await client.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken));
        var found = new List<(string, string, IReadOnlyList<string>)>();
        foreach (var path in document.RootElement.GetProperty("paths").EnumerateObject())
        {
            foreach (var operation in path.Value.EnumerateObject())
            {
                var named = operation.Value.TryGetProperty("parameters", out var parameters)
                    ? parameters.EnumerateArray().Select(each => each.GetProperty("name").GetString()!)
                    : [];
                found.Add((operation.Name.ToUpperInvariant(), path.Name, [.. named.Union(Unnamed.GetValueOrDefault(path.Name, []))]));
            }
        }

        return found;
    }
}
