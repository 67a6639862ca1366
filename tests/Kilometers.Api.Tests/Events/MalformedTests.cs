using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Kilometers.Api.Tests.Databases;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Tests.Events;

public sealed class SqliteMalformedTests : MalformedTests
{
    internal override Task<TestDatabase> CreateDatabaseAsync() => Task.FromResult(TestDatabase.Sqlite());
}

public sealed class PostgresMalformedTests(PostgresServer server) : MalformedTests
{
    internal override Task<TestDatabase> CreateDatabaseAsync() => TestDatabase.PostgreSqlAsync(server);
}

public abstract class MalformedTests : EventServerTests
{
    private static readonly string[] Members =
    [
        "id",
        "timestamp",
        "direction",
        "kind",
        "method",
        "name",
        "requestId",
        "payload",
        "size",
        "correlationId",
        "sessionId",
        "server",
        "sequence",
        "truncated",
        "redacted",
    ];

    // JSON values of every kind, and strings that are trouble somewhere.
    private static readonly string[] Values =
    [
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        "1e3",
        "1e400",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "[]",
        "{}",
        "[[[[[[]]]]]]",
        "\"\"",
        "\"\\u0000\"",
        "\"a\\u0000b\"",
        "\"\\ud800\"",
        "\"\\udc00x\"",
        "\"\\ud83d\\ude00\"",
        "\"\\uffff\"",
        "\"' OR 1=1 --\"",
        "\"0001-01-01T00:00:00Z\"",
        "\"9999-12-31T23:59:59.9999999Z\"",
        "\"2026-01-02T03:04:05\"",
        "\"2026-02-30T00:00:00Z\"",
        "\"AAAA\"",
        "\"AAA\"",
        "\"====\"",
        "\"00000000-0000-0000-0000-000000000000\"",
        "\"ffffffff-ffff-7fff-bfff-ffffffffffff\"",
        "\"00000000-0000-7000-8000-000000000000\"",
        "\"request\"",
        "\"inbound\"",
        "\"" + new string('x', 5000) + "\"",
    ];

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"events":[],"correlationId":"c","cliVersion":"1.0.0","batchTimestamp":"2026-01-02T03:04:05Z"}""")]
    [InlineData("""{"events":{},"correlationId":"c","cliVersion":"1.0.0","batchTimestamp":"2026-01-02T03:04:05Z"}""")]
    [InlineData("""{"events":[{}],"cliVersion":"1.0.0","batchTimestamp":"2026-01-02T03:04:05Z"}""")]
    [InlineData("""{"events":[{}],"correlationId":1,"cliVersion":"1.0.0","batchTimestamp":"2026-01-02T03:04:05Z"}""")]
    [InlineData("""{"events":[{}],"correlationId":"\ud800","cliVersion":"1.0.0","batchTimestamp":"2026-01-02T03:04:05Z"}""")]
    [InlineData("""{"events":[{}],"correlationId":"c","cliVersion":"1.0.0","batchTimestamp":"2026-01-02T03:04:05Z"} {}""")]
    [InlineData(
        """{"events":[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]],"correlationId":"c","cliVersion":"1.0.0","batchTimestamp":"2026-01-02T03:04:05Z"}"""
    )]
    public async Task A_malformed_batch_is_refused_as_a_whole(string body)
    {
        using var answer = await Client.PostAsync(body);
        Assert.Equal(ErrorCode.ApiRequestInvalid, (await EventClient.ProblemAsync(answer, HttpStatusCode.BadRequest)).Code);
    }

    [Fact]
    public async Task What_is_said_to_be_gzip_and_is_not_is_refused()
    {
        foreach (
            var (body, encoding) in new[]
            {
                ("{}"u8.ToArray(), "gzip"),
                (EventClient.Gzip("{}"u8.ToArray())[..^12], "gzip"),
                (EventClient.Gzip("{}"u8.ToArray()), "br"),
                ("{}"u8.ToArray(), "gzip, gzip"),
            }
        )
        {
            using var answer = await Client.PostAsync(body, encoding);
            Assert.Equal(ErrorCode.ApiRequestInvalid, (await EventClient.ProblemAsync(answer, HttpStatusCode.BadRequest)).Code);
        }
    }

    [Fact]
    public async Task A_small_gzip_of_a_gigabyte_is_refused()
    {
        const int Expanded = 1 << 30;
        using var memory = new MemoryStream();
        await using (
            var gzip = new System.IO.Compression.GZipStream(memory, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true)
        )
        {
            var spaces = Encoding.ASCII.GetBytes(new string(' ', 1 << 20));
            for (var sent = 0; sent < Expanded; sent += spaces.Length)
                gzip.Write(spaces);
        }

        var before = GC.GetTotalAllocatedBytes();
        using var answer = await Client.PostAsync(memory.ToArray(), "gzip");
        Assert.Equal(ErrorCode.ApiRequestTooLarge, (await EventClient.ProblemAsync(answer, HttpStatusCode.RequestEntityTooLarge)).Code);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, Expanded / 3);
        Assert.Equal(1, (await Client.SendAsync(Sample.Event())).Accepted);
    }

    [Fact]
    public async Task A_batch_over_a_limit_is_refused()
    {
        using var long_ = await Client.PostAsync(new byte[Options.MaximumBatchBytes + 1]);
        Assert.Equal(ErrorCode.ApiRequestTooLarge, (await EventClient.ProblemAsync(long_, HttpStatusCode.RequestEntityTooLarge)).Code);
        var many = Encoding.UTF8.GetBytes(
            $$"""{"correlationId":"c","cliVersion":"","batchTimestamp":"","events":[{{string.Join(',', Enumerable.Repeat("0", Options.MaximumBatchEvents + 1))}}]}"""
        );
        using var answer = await Client.PostAsync(many);
        Assert.Equal(ErrorCode.ApiRequestTooLarge, (await EventClient.ProblemAsync(answer, HttpStatusCode.RequestEntityTooLarge)).Code);
    }

    [Fact]
    public async Task A_member_of_any_value_is_stored_or_rejected_and_the_event_beside_it_is_stored()
    {
        await Gen.Select(Gen.OneOf(Members), Gen.OneOf(Values), Gen.Int[0, 3])
            .SampleAsync(
                async (member, value, change) =>
                {
                    var bad = JsonSerializer.SerializeToNode(Sample.Event(), ApiEventJsonContext.Default.EventItem)!.AsObject();
                    var text = change switch
                    {
                        0 => Replace(bad, member, value),
                        1 => bad.Remove(member) ? bad.ToJsonString() : "",
                        2 => bad.ToJsonString()[..^1] + $",\"{member}\":{value}}}",
                        _ => value,
                    };
                    var good = Sample.Event();
                    var body =
                        $$"""{"correlationId":"c","cliVersion":"","batchTimestamp":"","events":[{{text}},{{JsonSerializer.Serialize(good, ApiEventJsonContext.Default.EventItem)}}]}""";
                    using var answer = await Client.PostAsync(body);
                    Assert.True(answer.StatusCode == HttpStatusCode.Accepted, $"{answer.StatusCode}: {text}");
                    var result = JsonSerializer.Deserialize(
                        await answer.Content.ReadAsStringAsync(),
                        ApiEventJsonContext.Default.EventBatchResult
                    )!;
                    Assert.Equal((good.Id, EventStatus.Stored), (result.Results[1].Id, result.Results[1].Status));
                    if (change == 2)
                        Assert.Equal(EventStatus.Rejected, result.Results[0].Status);
                },
                iter: 400,
                threads: 2
            );
        foreach (var item in await Client.AllEventsAsync())
            Assert.NotEqual(Guid.Empty, item.Id);
    }

    [Fact]
    public async Task Any_bytes_are_answered_with_what_is_wrong()
    {
        var valid = JsonSerializer.SerializeToUtf8Bytes(EventClient.BatchOf(Sample.Events(2)), ApiEventJsonContext.Default.EventBatch);
        var position = Gen.Int[0, valid.Length - 1];
        await Gen.Select(Gen.Select(position, Gen.Byte).Array[1, 5], Gen.Bool, Gen.Bool)
            .SampleAsync(
                async (changes, isCompressed, isCut) =>
                {
                    var body = (byte[])valid.Clone();
                    foreach (var (at, value) in changes)
                        body[at] = value;
                    if (isCompressed)
                        body = EventClient.Gzip(body);
                    if (isCut)
                        body = body[..(body.Length * changes[0].Item1 / valid.Length)];
                    using var answer = await Client.PostAsync(body, isCompressed ? "gzip" : null);
                    Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.Accepted, HttpStatusCode.BadRequest });
                },
                iter: 400,
                threads: 2
            );
    }

    [Theory]
    [InlineData("/api/events?limit=0")]
    [InlineData("/api/events?limit=1001")]
    [InlineData("/api/events?limit=x")]
    [InlineData("/api/events?limit=1&limit=2")]
    [InlineData("/api/events?cursor=x")]
    [InlineData("/api/events?cursor=AAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("/api/events?direction=up")]
    [InlineData("/api/events?after=yesterday")]
    [InlineData("/api/events?payload=yes")]
    [InlineData("/api/events?method=%00")]
    [InlineData("/api/events?session=")]
    [InlineData("/api/stats?after=2026-01-02")]
    [InlineData("/api/stats?after=2026-01-02&before=2026-01-01")]
    [InlineData("/api/stats?after=2026-01-01&before=2026-02-02")]
    public async Task A_malformed_question_is_refused(string address)
    {
        using var answer = await Client.GetAsync(address);
        Assert.Equal(ErrorCode.ApiRequestInvalid, (await EventClient.ProblemAsync(answer, HttpStatusCode.BadRequest)).Code);
    }

    [Theory]
    [InlineData("after=0001-01-01T00:00:00Z&before=9999-12-31T23:59:59.9999999Z")]
    [InlineData("before=0001-01-01")]
    [InlineData("after=9999-12-31")]
    public async Task Times_at_the_end_of_time_are_answered(string query)
    {
        await Client.SendAsync(Sample.Event());
        Assert.Equal(query.Contains('&', StringComparison.Ordinal) ? 1 : 0, (await Client.EventsAsync(query)).Events.Count);
    }

    private static string Replace(JsonObject item, string member, string value)
    {
        // By hand: JsonNode does not write what is not Unicode.
        item[member] = "@@";
        return item.ToJsonString().Replace("\"@@\"", value, StringComparison.Ordinal);
    }
}
