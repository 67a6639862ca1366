using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Kilometers.Recordings;
using Kilometers.Transcripts.Exporting;

namespace Kilometers.Transcripts.Tests.Exporting;

public sealed partial class ExportTests
{
    private static readonly RecordedMessage Failing = Sessions.Request(
        3,
        Sessions.Hostile,
        $$"""{"text":"{{Sessions.JsonEncoded(Sessions.Hostile)}}"}"""
    );

    private static readonly Transcript Session = Sessions.Of([
        Sessions.Request(1, "initialize", "", "{}"),
        Failing,
        Sessions.Response(Failing, """{"code":-32000,"message":"``` broken ```"}""", 7.5, "-32000"),
        new RecordedErrorLine
        {
            Sequence = 5,
            Time = Sessions.Start,
            Line = Sessions.Hostile,
        },
        new RecordedEvent
        {
            Sequence = 6,
            Time = Sessions.Start,
            Type = "stdout.noise",
            Data = new Dictionary<string, string> { ["text"] = Sessions.Hostile },
        },
        Bytes(7, [0xff, 0xfe, (byte)'x']),
        Bytes(8, "not json\r"u8.ToArray()),
    ]);

    [Theory]
    [InlineData(ExportFormat.Json)]
    [InlineData(ExportFormat.Har)]
    [InlineData(ExportFormat.Otlp)]
    public void Write_AFormatThatIsJson_IsOneObject(ExportFormat format)
    {
        using var document = JsonDocument.Parse(Export(format));
        Assert.Equal(JsonValueKind.Object, document.RootElement.ValueKind);
    }

    [Fact]
    public void Write_Json_EmbedsPayloadsByteForByte()
    {
        using var document = JsonDocument.Parse(Export(ExportFormat.Json));
        var items = document.RootElement.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(Encoding.UTF8.GetString(Failing.Payload!.Value.Span), items[1].GetProperty("payload").GetRawText());
        Assert.Equal("//54", items[5].GetProperty("payloadBase64").GetString());
        Assert.Equal("not json\r", items[6].GetProperty("payloadText").GetString());
        Assert.Equal(7.5, items[2].GetProperty("latencyMs").GetDouble());
    }

    [Fact]
    public void Write_JsonLines_HasOneObjectPerItem()
    {
        var lines = Export(ExportFormat.Jsonl).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Session.Items.Count + 1, lines.Length);
        Assert.All(lines, line => JsonDocument.Parse(line).Dispose());
    }

    [Fact]
    public void Write_Html_ShowsTheSessionAsTextAndAllowsOnlyItsOwnScript()
    {
        var page = Export(ExportFormat.Html);
        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;", page, StringComparison.Ordinal);
        var policy = Policy().Match(page).Groups[1].Value;
        Assert.StartsWith("default-src 'none'; ", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        foreach (var (kind, tag) in (ReadOnlySpan<(string, string)>)[("style-src", "style"), ("script-src", "script")])
        {
            var content = Regex.Match(page, $"<{tag}>(.*?)</{tag}>", RegexOptions.Singleline).Groups[1].Value;
            var digest = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)));
            Assert.Contains($"{kind} 'sha256-{digest}'", policy, StringComparison.Ordinal);
        }

        Assert.DoesNotMatch("""(?i)(src|href|style)\s*=|url\(|@import""", Elements().Replace(page, ""));
    }

    [Fact]
    public void Write_Markdown_HasNothingThatEndsItsBlocks()
    {
        var text = Export(ExportFormat.Md);
        Assert.Contains("````json", text, StringComparison.Ordinal);
        Assert.DoesNotContain("| <script>", text, StringComparison.Ordinal);
        Assert.All(text.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)), row =>
            Assert.InRange(Cells().Count(row), 6, 7)
        );
    }

    [Fact]
    public void Write_Har_KeepsRequestAndResponse()
    {
        using var document = JsonDocument.Parse(Export(ExportFormat.Har));
        var entries = document.RootElement.GetProperty("log").GetProperty("entries").EnumerateArray().ToList();
        Assert.Equal([0, 400], entries.Select(entry => entry.GetProperty("response").GetProperty("status").GetInt32()));
        Assert.Equal(7.5, entries[1].GetProperty("time").GetDouble());
        Assert.All(entries, entry =>
            Assert.True(Uri.TryCreate(entry.GetProperty("request").GetProperty("url").GetString(), UriKind.Absolute, out _))
        );
    }

    [Fact]
    public void Write_Otlp_JoinsTheTraceThatARequestNames()
    {
        const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        var request = Sessions.Request(
            1,
            "tools/call",
            "echo",
            $$$"""{"name":"echo","_meta":{"traceparent":"00-{{{Trace}}}-00f067aa0ba902b7-01"}}"""
        );
        using var document = JsonDocument.Parse(Export(ExportFormat.Otlp, Sessions.Of([request, Sessions.Response(request, "{}")])));
        var spans = document.RootElement.GetProperty("resourceSpans")[0].GetProperty("scopeSpans")[0].GetProperty("spans");
        Assert.Equal("tools/call echo", spans[1].GetProperty("name").GetString());
        Assert.Equal(
            (Trace, "00f067aa0ba902b7"),
            (spans[1].GetProperty("traceId").GetString(), spans[1].GetProperty("parentSpanId").GetString())
        );
        Assert.Equal(32, spans[0].GetProperty("traceId").GetString()!.Length);
    }

    private static string Export(ExportFormat format, Transcript? session = null)
    {
        using var stream = new MemoryStream();
        TranscriptExport.Write(session ?? Session, format, "1.0.0", stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static RecordedMessage Bytes(long sequence, byte[] payload) =>
        new()
        {
            Sequence = sequence,
            Time = Sessions.Start,
            Direction = RecordedDirection.Out,
            Kind = RecordedKind.NotJsonRpc,
            Size = payload.Length,
            Payload = payload,
        };

    [GeneratedRegex("http-equiv=\"Content-Security-Policy\" content=\"([^\"]*)\"")]
    private static partial Regex Policy();

    [GeneratedRegex("""<style>.*?</style>|<script>.*?</script>|<meta[^>]*>|>[^<]*""", RegexOptions.Singleline)]
    private static partial Regex Elements();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Cells();
}
