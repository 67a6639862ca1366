using System.Text;
using Kilometers.Plugin.Sdk.Observing;
using Xunit;

namespace Kilometers.Plugins.ConsoleLogger.Tests;

public sealed class LineFormatterTests
{
    private static readonly DateTimeOffset Time = new(2026, 1, 2, 10, 20, 30, 456, TimeSpan.Zero);
    private static readonly TimeZoneInfo TwoHoursEast = TimeZoneInfo.CreateCustomTimeZone("x", TimeSpan.FromHours(2), "x", "x");

    [Fact]
    public void Format_Request_HasLocalTimeArrowMethodNameIdAndSize() =>
        Assert.Equal(
            "12:20:30.456 → tools/call echo id=\"3\" 142 B",
            Plain()
                .Format(
                    new ObservedMessage
                    {
                        Time = Time,
                        Direction = MessageDirection.Inbound,
                        Kind = MessageKind.Request,
                        Method = "tools/call",
                        Name = "echo",
                        Id = "\"3\"",
                        Size = 142,
                    }
                )
        );

    [Fact]
    public void Format_Response_HasItsRequestsMethodAndLatency() =>
        Assert.Equal(
            "12:20:30.456 ← tools/call echo ok id=3 12.3 ms 1.2 kB",
            Plain().Format(Response("", TimeSpan.FromMilliseconds(12.34)))
        );

    [Theory]
    [InlineData("-32602", "error -32602")]
    [InlineData("tool_error", "tool error")]
    public void Format_Failure_SaysTheCode(string code, string expected) =>
        Assert.Contains($"tools/call echo {expected} id=3", Plain().Format(Response(code, null)), StringComparison.Ordinal);

    [Fact]
    public void Format_AmbiguousAnswer_SaysSoAndNamesNobody() =>
        Assert.Equal(
            "12:20:30.456 ← error error -32700 id=null ambiguous 75 B: Parse error",
            Plain()
                .Format(
                    new ObservedMessage
                    {
                        Time = Time,
                        Direction = MessageDirection.Outbound,
                        Kind = MessageKind.ErrorResponse,
                        Id = "null",
                        ErrorCode = "-32700",
                        ErrorText = "Parse error",
                        IsAmbiguous = true,
                        Size = 75,
                    }
                )
        );

    [Fact]
    public void Format_ErrorText_IsMaskedBoundedAndOnOneLine()
    {
        var line = Plain().Format(Error("No access with km_live_0123456789abcdefABCDEF0123456789\r\n\e[31m" + new string('x', 1000)));
        Assert.Contains("B: No access with km_live_*** \\u001b[31mxxx", line, StringComparison.Ordinal);
        Assert.EndsWith("x…", line, StringComparison.Ordinal);
        Assert.InRange(line.Length, 200, 320);
        Assert.DoesNotContain(line, char.IsControl);
    }

    [Fact]
    public void Format_Noise_ShowsItsBeginningMasked()
    {
        var line = Plain()
            .Format(
                new StreamEvent
                {
                    Type = StreamEventType.StandardOutputNoise,
                    Data = new Dictionary<string, string>
                    {
                        ["size"] = "5000",
                        ["text"] = "password=hunter2 ready\t" + new string('x', 1000),
                    },
                }
            )!;
        Assert.Contains(" size=5000 text=password=*** ready xxx", line, StringComparison.Ordinal);
        Assert.InRange(line.Length, 200, 320);
    }

    [Fact]
    public void Format_Ascii_UsesAsciiArrows() =>
        Assert.Contains(
            " <- tools/call",
            new LineFormatter(TwoHoursEast, color: false, ascii: true, payloads: false).Format(Response("", null)),
            StringComparison.Ordinal
        );

    [Fact]
    public void Format_Colors_OnlyWhenAsked()
    {
        Assert.DoesNotContain('\e', Plain().Format(Response("-1", null)));
        Assert.Contains(
            "\e[31merror -1\e[0m",
            new LineFormatter(TwoHoursEast, color: true, ascii: false, payloads: false).Format(Response("-1", null)),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Format_TerminalControls_NeverComeThrough()
    {
        const string Hostile = "a\e]0;title\a\u009b31m\r\nb\u202e\u2028\u200b\0\ud800x\u007f";
        var message = new ObservedMessage
        {
            Method = Hostile,
            Name = Hostile,
            Id = Hostile,
            ErrorCode = Hostile,
            Kind = MessageKind.ErrorResponse,
            Payload = Encoding.UTF8.GetBytes(Hostile),
        };
        var lines = new[]
        {
            new LineFormatter(TwoHoursEast, false, false, payloads: false).Format(message),
            Plain().Format(new ObservedError { Type = Hostile, Message = Hostile }),
            Plain()
                .Format(
                    new StreamEvent
                    {
                        Type = StreamEventType.StandardOutputNoise,
                        Data = new Dictionary<string, string> { [Hostile] = Hostile },
                    }
                )!,
            new LineFormatter(TwoHoursEast, false, false, payloads: true).Format(message).Replace("\n    ", "", StringComparison.Ordinal),
        };
        foreach (var line in lines)
        {
            Assert.DoesNotContain(line, static value =>
                char.IsControl(value) || char.IsSurrogate(value) || value is '\u202e' or '\u2028' or '\u200b'
            );
            Assert.Contains("\\u001b]0;title", line, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Format_LongNames_AreCut() =>
        Assert.InRange(
            Plain()
                .Format(
                    new ObservedMessage
                    {
                        Method = new string('x', 100_000),
                        Name = new string('é', 100_000),
                        Id = new string('1', 100_000),
                    }
                )
                .Length,
            300,
            400
        );

    [Fact]
    public void Format_Payload_IsShownMaskedOnItsOwnLineOnlyWhenAsked()
    {
        var message = new ObservedMessage
        {
            Method = "m",
            Payload = """{"password":"hunter2","text":"grüß"}"""u8.ToArray(),
            Size = 10_000_000,
            IsTruncated = true,
        };
        Assert.EndsWith("m 10 MB truncated", Plain().Format(message), StringComparison.Ordinal);
        Assert.EndsWith(
            "truncated\n    {\"password\":\"***\",\"text\":\"grüß\"}",
            new LineFormatter(TwoHoursEast, false, false, payloads: true).Format(message),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Format_SecretCutAtTheEndOfWhatIsShown_IsStillMasked()
    {
        var payload = new string('x', 3990) + " km_live_" + new string('k', 5000);
        var line = new LineFormatter(TwoHoursEast, false, false, payloads: true).Format(
            new ObservedMessage { Payload = Encoding.UTF8.GetBytes(payload) }
        );
        Assert.DoesNotContain("kkk", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Format_Events_OnlyThoseOfInterest()
    {
        Assert.Equal(
            "12:20:30.456 * server.exited code=3",
            Plain()
                .Format(
                    new StreamEvent
                    {
                        Type = StreamEventType.ServerExited,
                        Time = Time,
                        Data = new Dictionary<string, string> { ["code"] = "3" },
                    }
                )
        );
        Assert.Contains(
            "delivery.dropped",
            Plain().Format(new StreamEvent { Type = StreamEventType.DeliveryDropped }),
            StringComparison.Ordinal
        );
        Assert.Null(Plain().Format(new StreamEvent { Type = "something.new" }));
    }

    [Theory]
    [InlineData(0.4, "400 µs")]
    [InlineData(1.234, "1.23 ms")]
    [InlineData(45.67, "45.7 ms")]
    [InlineData(456, "456 ms")]
    [InlineData(12_345, "12.35 s")]
    [InlineData(125_000, "2 min 5 s")]
    public void Duration_Units(double milliseconds, string expected) =>
        Assert.Equal(expected, Units.Duration(TimeSpan.FromMilliseconds(milliseconds)));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1234, "1.2 kB")]
    [InlineData(123_456, "123 kB")]
    [InlineData(104_857_600, "105 MB")]
    public void Bytes_Units(long bytes, string expected) => Assert.Equal(expected, Units.Bytes(bytes));

    private static LineFormatter Plain() => new(TwoHoursEast, color: false, ascii: false, payloads: false);

    private static ObservedMessage Error(string text) =>
        new()
        {
            Kind = MessageKind.Response,
            ErrorCode = "tool_error",
            ErrorText = text,
            Method = "tools/call",
        };

    private static ObservedMessage Response(string errorCode, TimeSpan? latency) =>
        new()
        {
            Time = Time,
            Direction = MessageDirection.Outbound,
            Kind = errorCode is "" or "tool_error" ? MessageKind.Response : MessageKind.ErrorResponse,
            Method = "tools/call",
            Name = "echo",
            Id = "3",
            ErrorCode = errorCode,
            Latency = latency,
            Size = 1234,
        };
}
