using System.Text;
using System.Text.Json;
using Kilometers.Contracts;
using Kilometers.Link.Holding;
using Kilometers.PluginHost.Interception;

namespace Kilometers.PluginHost.Tests.Interception;

public sealed class StopAnswerTests
{
    private static readonly Ruling Denied = new()
    {
        Kind = RulingKind.Stop,
        Plugin = "guard",
        Reason = "no \"such\" thing\n",
    };

    [Fact]
    public void Undecided_InTheRelayThatKnowsNoCodes_IsTheCodeOfTheErrors() =>
        Assert.Equal(ErrorCode.RequestUndecided, HoldChannel.Undecided);

    [Fact]
    public void Write_Denial_IsAnErrorOutsideOfTheReservedRange()
    {
        var answer = Write("""{"id":12345678901234567890,"method":"tools/call"}""", Denied);
        Assert.Equal("12345678901234567890", answer!.Value.GetProperty("id").GetRawText());
        var error = answer.Value.GetProperty("error");
        Assert.False(error.GetProperty("code").GetInt32() is >= -32768 and <= -32000);
        Assert.Contains(
            "Plugin 'guard' stopped this request before it reached the server",
            error.GetProperty("message").GetString(),
            StringComparison.Ordinal
        );
        Assert.Equal(Denied.Reason, error.GetProperty("data").GetProperty("reason").GetString());
    }

    [Theory]
    [InlineData("""{"id":1,"method":"tools/call","params":{"name":"a"}}""", true, null)]
    [InlineData(
        """{"id":1,"method":"tools/call","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}""",
        true,
        "complete"
    )]
    [InlineData("""{"id":1,"method":"tools/call","params":{"name":"a","task":{"ttl":1}}}""", false, null)]
    [InlineData("""{"id":1,"method":"resources/read","params":{"uri":"a:b"}}""", false, null)]
    public void Write_Replacement_HasTheFormOfTheMethodAndTheEra(string request, bool isResult, string? type)
    {
        var answer = Write(request, Denied with { Replaces = true })!.Value;
        Assert.Equal(isResult, answer.TryGetProperty("result", out var result));
        Assert.Equal(!isResult, answer.TryGetProperty("error", out _));
        if (!isResult)
            return;
        Assert.True(result.GetProperty("isError").GetBoolean());
        Assert.Equal(type, result.TryGetProperty("resultType", out var given) ? given.GetString() : null);
    }

    [Fact]
    public void Write_Notification_GetsNoAnswer() => Assert.Null(Write("""{"method":"tools/call"}""", Denied));

    [Fact]
    public void Write_Unreadable_IsAnsweredWithoutAnId() =>
        Assert.Equal(JsonValueKind.Null, Write("tools/call", Denied)!.Value.GetProperty("id").ValueKind);

    [Fact]
    public void Write_Batch_AnswersEachRequest()
    {
        var answer = Write("""[{"id":1,"method":"ping"},{"method":"note"},{"id":2,"method":"tools/call"}]""", null, null, Denied)!.Value;
        Assert.Equal([1, 2], answer.EnumerateArray().Select(one => one.GetProperty("id").GetInt32()));
    }

    private static JsonElement? Write(string line, params Ruling?[] rulings)
    {
        var bytes = StopAnswer.Write(HeldLine.Read(Encoding.UTF8.GetBytes(line)), rulings);
        if (bytes.Length == 0)
            return null;
        Assert.Equal(bytes.Length - 1, Array.IndexOf(bytes, (byte)'\n'));
        return JsonElement.Parse(bytes);
    }
}
