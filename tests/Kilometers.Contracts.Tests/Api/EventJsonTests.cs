using System.Text.Json;
using Kilometers.Contracts.Api;

namespace Kilometers.Contracts.Tests.Api;

/// <summary>What a plugin and the server agreed on, as bytes.</summary>
public sealed class EventJsonTests
{
    private const string Full =
        """{"events":[{"id":"019b7d2c-5a10-7c3e-9f00-0123456789ab","timestamp":"2026-01-02T03:04:05.678901Z","direction":"inbound","kind":"request","method":"tools/call","name":"echo","requestId":"\u00221\u0022","payload":"e30=","size":2,"correlationId":"c1","sessionId":"s1","server":"files","sequence":7,"truncated":false,"redacted":true}],"correlationId":"b1","cliVersion":"1.0.0","batchTimestamp":"2026-01-02T03:04:06.000000Z"}""";

    private const string Minimal =
        """{"id":"019b7d2c-5a10-7c3e-9f00-0123456789ab","timestamp":"2026-01-02T03:04:05.678901Z","direction":"inbound","kind":"notification","size":2,"sessionId":"s1","server":"","sequence":7,"truncated":false,"redacted":false}""";

    [Fact]
    public void A_batch_is_written_as_it_was_read()
    {
        var batch = JsonSerializer.Deserialize(Full, ApiEventJsonContext.Default.EventBatch)!;
        Assert.Equal("{}"u8.ToArray(), batch.Events[0].Payload!.Value.ToArray());
        Assert.Equal("\"1\"", batch.Events[0].RequestId);
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, 901, TimeSpan.Zero), batch.Events[0].Timestamp);
        Assert.Equal(Full, JsonSerializer.Serialize(batch, ApiEventJsonContext.Default.EventBatch));
    }

    [Fact]
    public void What_an_event_does_not_have_is_left_out_and_read_as_null()
    {
        var item = JsonSerializer.Deserialize(Minimal, ApiEventJsonContext.Default.EventItem)!;
        Assert.Null(item.Method);
        Assert.Null(item.Payload);
        Assert.Equal(Minimal, JsonSerializer.Serialize(item, ApiEventJsonContext.Default.EventItem));
    }

    [Theory]
    [InlineData("\"size\":2,", "")]
    [InlineData("\"size\":2,", "\"size\":2,\"more\":1,")]
    [InlineData("\"size\":2,", "\"size\":2,\"size\":2,")]
    [InlineData("\"size\"", "\"Size\"")]
    [InlineData("\"server\":\"\"", "\"server\":null")]
    [InlineData("03:04:05.678901Z", "03:04")]
    [InlineData("019b7d2c-", "019b7d2c")]
    public void What_a_client_sends_is_read_strictly(string old, string changed) =>
        Assert.Throws<JsonException>(() =>
            JsonSerializer.Deserialize(Minimal.Replace(old, changed, StringComparison.Ordinal), ApiEventJsonContext.Default.EventItem)
        );

    [Fact]
    public void A_newer_servers_answer_may_say_more()
    {
        var result = JsonSerializer.Deserialize(
            """{"accepted":1,"duplicates":0,"rejected":0,"results":[{"id":"019b7d2c-5a10-7c3e-9f00-0123456789ab","status":"stored","shard":3}],"region":"eu"}""",
            ApiEventJsonContext.Default.EventBatchResult
        )!;
        Assert.Equal(EventStatus.Stored, Assert.Single(result.Results).Status);
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize("""{"accepted":1}""", ApiEventJsonContext.Default.EventBatchResult));
    }
}
