using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kilometers.Api.Tests.Running;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Tests.Insights;

public sealed class SqliteMalformedTests(SqliteApi api) : MalformedTests(api), IClassFixture<SqliteApi>;

public sealed class PostgresMalformedTests(PostgresApi api) : MalformedTests(api), IClassFixture<PostgresApi>;

/// <summary>Whatever is sent or asked, the answer is a result or a problem of the client's, never a fault of the server.</summary>
public abstract class MalformedTests(ApiFixture fixture)
{
    // JSON values of every kind, and values that are trouble somewhere.
    private static readonly string[] Values =
    [
        "null",
        "true",
        "-1",
        "1.5",
        "1e400",
        "2147483647",
        "-2147483648",
        "4294967297",
        "9223372036854775807",
        "[]",
        "[null]",
        "[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]",
        "[9223372036854775807,9223372036854775807]",
        "\"\"",
        "\"a\\u0000b\"",
        "\"\\ud800\"",
        "\"NaN\"",
        "\"' OR 1=1 --\"",
        "\"0001-01-01T00:00:00Z\"",
        "\"9999-12-31T23:00:00Z\"",
        "\"1969-12-31T23:00:00Z\"",
        "\"2026-01-02T03:00:00+05:30\"",
        "\"" + new string('x', 5000) + "\"",
    ];

    private static readonly string[] Parameters =
    [
        "since=",
        "since=yesterday",
        "since=0001-01-01",
        "since=9999-12-31T23:59:59Z",
        "before=0001-01-01",
        "before=0001-01-01T00:00:00.0000001Z",
        "before=9999-12-31T23:59:59.9999999Z",
        "since=9999-12-31&before=9999-12-31T23:59:59.9999999Z",
        "since=2026-01-02&before=2026-01-01",
        "since=2020-01-01&before=2026-01-01",
        "since=2026-01-01&since=2026-01-02",
        "by=",
        "by=everything",
        "by=server&by=tool",
        "limit=0",
        "limit=-1",
        "limit=1001",
        "limit=99999999999999999999",
        "limit=1e3",
        "histograms=yes",
        "server=",
        "server=%00",
        "server=%FF",
        "client=%ED%A0%80",
        "name=' OR 1=1 --",
        "method=" + "%F0%9F%98%80",
        "installation=x",
        "unknown=1",
    ];

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"version":2,"installation":"A","hours":[]}""")]
    [InlineData("""{"version":1,"version":1,"installation":"A","hours":[]}""")]
    public async Task A_malformed_batch_is_refused(string body)
    {
        using var customer = await fixture.CustomerAsync("Pro");
        using var answer = await customer.PostAsync("/api/insights/batch", body);
        await Customer.RefusedAsync(answer, HttpStatusCode.BadRequest, ErrorCode.ApiRequestInvalid);
    }

    [Fact]
    public async Task Any_value_of_any_member_is_stored_or_refused()
    {
        using var customer = await fixture.CustomerAsync("Enterprise");
        var batch = Sample.Batch(Sample.Hour(-1, Sample.Figures("a", "b", 1, 2)) with { Alarms = [Sample.Alarm(-1)] });
        var text = JsonSerializer.Serialize(batch, ApiJson.Of<InsightBatch>());
        foreach (var path in Paths(JsonNode.Parse(text)!, []))
        {
            foreach (var value in Values)
            {
                var changed = Replace(text, path, value);
                using var answer = await customer.PostAsync("/api/insights/batch", changed);
                Assert.True(
                    answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.BadRequest,
                    $"{string.Join('.', path)} = {value}: {(int)answer.StatusCode}"
                );
            }

            // What was stored can be put together.
            await AnsweredAsync(customer, "by=tool&histograms=true", isValid: true);
        }
    }

    [Fact]
    public async Task Any_value_of_any_parameter_is_answered_or_refused()
    {
        using var customer = await fixture.CustomerAsync("Pro");
        foreach (var query in Parameters)
            await AnsweredAsync(customer, query, isValid: false);
    }

    [Fact]
    public async Task The_same_twice_in_a_batch_and_too_much_are_refused()
    {
        using var customer = await fixture.CustomerAsync("Pro");
        var (one, hour) = (Sample.Figures("a", "b", 1), Sample.Hour(-1));
        foreach (
            var batch in new[]
            {
                Sample.Batch(),
                Sample.Batch(hour, hour),
                Sample.Batch(Sample.Hour(-1, one, one)),
                Sample.Batch(Sample.Hour(-1, [.. Enumerable.Range(0, 2_001).Select(i => one with { Name = $"{i}" })])),
                Sample.Batch([.. Enumerable.Range(1, 1_001).Select(i => Sample.Hour(-i))]),
                Sample.Batch(Sample.Hour(-1, one) with { Alarms = [Sample.Alarm(-2)] }),
                Sample.Batch(new InsightHour { Hour = Sample.Time(-1).AddMinutes(1), Figures = [] }),
            }
        )
        {
            using var answer = await customer.PostAsync("/api/insights/batch", JsonSerializer.Serialize(batch, ApiJson.Of<InsightBatch>()));
            await Customer.RefusedAsync(answer, HttpStatusCode.BadRequest, ErrorCode.ApiRequestInvalid);
        }
    }

    private static async Task AnsweredAsync(Customer customer, string query, bool isValid)
    {
        using var answer = await customer.Client.GetAsync("/api/insights?" + query, TestContext.Current.CancellationToken);
        Assert.True(
            answer.StatusCode == HttpStatusCode.OK || (!isValid && answer.StatusCode == HttpStatusCode.BadRequest),
            $"{query}: {(int)answer.StatusCode}"
        );
    }

    private static IEnumerable<string[]> Paths(JsonNode node, string[] path)
    {
        if (path.Length > 0)
            yield return path;
        var parts = node switch
        {
            JsonObject members => members.Select(member => (member.Key, member.Value)),
            JsonArray elements => elements.Take(1).Select(element => ("0", element)),
            _ => [],
        };
        foreach (var (name, part) in parts)
        foreach (var below in Paths(part!, [.. path, name]))
            yield return below;
    }

    /// <summary>As text: what is not a value of JSON's model, such as half a surrogate pair, gets there, too.</summary>
    private static string Replace(string text, string[] path, string value)
    {
        const string Mark = "\"@@here@@\"";
        var root = JsonNode.Parse(text)!;
        var parent = root;
        foreach (var name in path[..^1])
            parent = parent is JsonArray array ? array[0]! : parent[name]!;
        if (parent is JsonArray elements)
            elements[0] = "@@here@@";
        else
            parent[path[^1]] = "@@here@@";
        return root.ToJsonString().Replace(Mark, value, StringComparison.Ordinal);
    }
}
