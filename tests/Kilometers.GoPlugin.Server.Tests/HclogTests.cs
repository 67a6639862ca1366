using System.Buffers;
using System.Text;
using System.Text.Json;
using Kilometers.GoPlugin.Server.Logging;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Kilometers.GoPlugin.Server.Tests;

public sealed class HclogTests
{
    [Fact]
    public async Task A_log_entry_is_one_line_of_hclog_JSON_on_stderr()
    {
        await using var plugin = await Raw.StartAsync();
        await plugin.Open().TextAsync("raw.Raw", "Log", "hello");
        var line = (await plugin.ErrorContainsAsync("said hello"))
            .Split('\n')
            .Single(static line => line.Contains("said hello", StringComparison.Ordinal));
        using var json = JsonDocument.Parse(line);
        var root = json.RootElement;
        Assert.Equal("warn", root.GetProperty("@level").GetString());
        Assert.Equal("said hello 42 x", root.GetProperty("@message").GetString());
        Assert.Equal("raw", root.GetProperty("@module").GetString());
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$", root.GetProperty("@timestamp").GetString());
        Assert.Equal("hello", root.GetProperty("Text").GetString());
        Assert.Equal("42", root.GetProperty("Number").GetString());
        Assert.Equal("x", root.GetProperty("level").GetString());
        Assert.Contains("inner\nlines", root.GetProperty("exception").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(123)]
    [InlineData(1_230_000)]
    public void Write_AnyTime_HasSixFractionDigits(int ticks)
    {
        var line = Format("x", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)).AddTicks(ticks));
        Assert.Matches("\"@timestamp\":\"2026-01-02T01:04:05\\.\\d{6}Z\"", line);
    }

    [Fact]
    public void Write_HugeMessageWithControlCharacters_StaysBelow64KiBOnOneLine()
    {
        var line = Format(string.Concat(Enumerable.Repeat("\u0001\n😀", 100_000)), DateTimeOffset.UnixEpoch);
        Assert.InRange(line.Length, 1000, 64 * 1024);
        Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));
        using var json = JsonDocument.Parse(line);
    }

    private static string Format(string message, DateTimeOffset time)
    {
        var output = new ArrayBufferWriter<byte>();
        HclogLine.Write(output, LogLevel.Information, "c", message, null, null, time);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
