using System.Text;
using System.Text.Json;
using CsCheck;
using Kilometers.GoPlugin.Client.Logs;

namespace Kilometers.GoPlugin.Client.Tests.Logs;

public sealed class LogLineParserTests
{
    [Fact]
    public void Parse_HclogLine_HasLevelMessageTimeAndFields()
    {
        var entry = Parse(
            """{"@level":"warn","@message":"slow","@module":"x","@timestamp":"2026-11-23T01:48:58.906688Z","n":3,"o":{"a":[1, 2]},"t":true,"z":null}"""
        );
        Assert.Equal(PluginLogLevel.Warning, entry.Level);
        Assert.Equal("slow", entry.Message);
        Assert.Equal(new DateTimeOffset(2026, 11, 23, 1, 48, 58, TimeSpan.Zero).AddMicroseconds(906688), entry.Timestamp);
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["@module"] = "x",
                ["n"] = "3",
                ["o"] = """{"a":[1, 2]}""",
                ["t"] = "true",
                ["z"] = "null",
            },
            entry.Fields
        );
    }

    [Theory]
    [InlineData("""{"@level":1,"@message":{"a":2},"@timestamp":false}""", PluginLogLevel.Debug, """{"a":2}""")]
    [InlineData("""{"@message":"only"}""", PluginLogLevel.Debug, "only")]
    [InlineData("""{"@level":"ERROR","@message":"loud"}""", PluginLogLevel.Error, "loud")]
    [InlineData("""{"@level":"info","@message":"cut""", PluginLogLevel.Debug, """{"@level":"info","@message":"cut""")]
    [InlineData("""{"@level":"info","@message":"a"} more""", PluginLogLevel.Debug, """{"@level":"info","@message":"a"} more""")]
    [InlineData("""{"level":"info"}""", PluginLogLevel.Debug, """{"level":"info"}""")]
    [InlineData("[TRACE] fine", PluginLogLevel.Trace, "fine")]
    [InlineData("[DEBUG] finer", PluginLogLevel.Debug, "finer")]
    [InlineData("[INFO]  note", PluginLogLevel.Information, "note")]
    [InlineData("[WARN] care", PluginLogLevel.Warning, "care")]
    [InlineData("[ERROR] bad", PluginLogLevel.Error, "bad")]
    [InlineData("[OTHER] plain", PluginLogLevel.Debug, "[OTHER] plain")]
    [InlineData("plain", PluginLogLevel.Debug, "plain")]
    [InlineData("", PluginLogLevel.Debug, "")]
    [InlineData("panic: oh", PluginLogLevel.Error, "panic: oh")]
    [InlineData("fatal error: all goroutines are asleep", PluginLogLevel.Error, "fatal error: all goroutines are asleep")]
    [InlineData("Unhandled exception. System.Exception: no", PluginLogLevel.Error, "Unhandled exception. System.Exception: no")]
    public void Parse_Line_HasLevelAndMessage(string line, PluginLogLevel level, string message)
    {
        var entry = Parse(line);
        Assert.Equal((level, message), (entry.Level, entry.Message));
        Assert.Equal(line, entry.RawLine);
    }

    [Fact]
    public void Parse_LinesAfterACrash_AreErrorsUntilTheNextHclogLine()
    {
        var parser = new LogLineParser();
        string[] lines = ["before", "panic: oh", "", "goroutine 1 [running]:", "[INFO] x", """{"@level":"info","@message":"m"}""", "after"];
        Assert.Equal(
            [
                PluginLogLevel.Debug,
                PluginLogLevel.Error,
                PluginLogLevel.Error,
                PluginLogLevel.Error,
                PluginLogLevel.Error,
                PluginLogLevel.Information,
                PluginLogLevel.Debug,
            ],
            lines.Select(line => parser.Parse(Encoding.UTF8.GetBytes(line)).Level)
        );
    }

    [Fact]
    public void Parse_AnyBytes_NeverThrows()
    {
        var parser = new LogLineParser();
        Gen.Byte.Array[0, 200].Sample(bytes => parser.Parse(bytes).RawLine.Length <= bytes.Length, threads: 1);
    }

    [Fact]
    public void Parse_AnyDamagedHclogLine_NeverThrows()
    {
        var valid =
            """{"@level":"info","@message":"a\ud83d\ude00b","@timestamp":"2026-11-23T01:48:58.906688Z","n":[1,{"x":null}],"e":1e400}"""u8.ToArray();
        Gen.Select(Gen.Int[0, valid.Length - 1], Gen.Byte, Gen.Int[0, valid.Length])
            .Sample(
                (at, value, length) =>
                {
                    var damaged = valid.ToArray();
                    damaged[at] = value;
                    _ = new LogLineParser().Parse(damaged.AsSpan(0, length));
                }
            );
    }

    [Fact]
    public void Parse_AnyStrings_ComeBackUnchanged() =>
        Gen.Select(Text, Text)
            .Sample(
                (message, field) =>
                {
                    var line = $$"""{"@level":"info","@message":{{Json(message)}},"f":{{Json(field)}}}""";
                    var entry = Parse(line);
                    return entry.Message == message && entry.Fields["f"] == field;
                }
            );

    private static Gen<string> Text => Gen.String.Where(s => !s.Any(char.IsSurrogate));

    private static string Json(string text) => $"\"{JsonEncodedText.Encode(text)}\"";

    private static PluginLogEntry Parse(string line) => new LogLineParser().Parse(Encoding.UTF8.GetBytes(line));
}
