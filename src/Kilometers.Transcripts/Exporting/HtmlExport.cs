using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Kilometers.Recordings;

namespace Kilometers.Transcripts.Exporting;

/// <summary>
/// One page that loads nothing: its policy allows only its own style and script, by their digests. Whatever comes from the session is
/// written as text and never as markup.
/// </summary>
internal static class HtmlExport
{
    /// <summary>A page with whole images in it would be too large to read.</summary>
    private const int MaxPayload = 64 * 1024;

    private const int MaxLines = 2000;

    public static void Write(Transcript transcript, string version, Stream output)
    {
        var (style, script) = (Resource("page.css"), Resource("page.js"));
        using var page = new StreamWriter(output, new UTF8Encoding(false), 1 << 16, leaveOpen: true);
        page.NewLine = "\n";
        var session = transcript.Session;
        var title = $"Session {session.ShortId}: {session.Server ?? "MCP server"}";
        page.Write(
            $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '{Digest(style)}'; script-src '{Digest(
                script
            )}'; base-uri 'none'; form-action 'none'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="referrer" content="no-referrer">
            <title>{Html(title)}</title>
            <style>{style}</style>
            </head>
            <body>
            <h1>{Html(title)}</h1>
            <dl>

            """
        );
        foreach (var (name, value) in SessionFacts.Of(transcript))
            page.WriteLine($"<dt>{Html(name)}</dt><dd>{Html(value)}</dd>");
        page.WriteLine("</dl>");
        if (transcript.Calls.Count > 0)
        {
            WriteTools(page, transcript);
            WriteCalls(page, transcript);
        }

        WriteLines(page, "Other messages and events", Others(transcript));
        WriteLines(page, "Standard error of the server", ErrorLines(transcript));
        page.Write($"<footer>Exported by km {Html(version)}.</footer>\n");
        if (transcript.Calls.Count > 0)
            page.Write($"<script>{script}</script>\n");
        page.Write("</body>\n</html>\n");
    }

    private static void WriteTools(StreamWriter page, Transcript transcript)
    {
        string[] heads = ["Call", "Calls", "Errors", "p50", "p95", "Max"];
        page.WriteLine("<h2>What was called</h2>\n<div class=\"scroll\"><table>");
        page.WriteLine($"<tr>{string.Concat(heads.Select(head => $"<th>{head}</th>"))}</tr>");
        foreach (var tool in ToolFigures.Of(transcript.Calls))
        {
            page.Write($"<tr><td>{Html(tool.Title)}</td><td>{Number(tool.Calls)}</td>");
            page.Write($"<td{(tool.Errors > 0 ? " class=\"error\"" : "")}>{Number(tool.Errors)}</td>");
            foreach (var latency in (TimeSpan?[])[tool.P50, tool.P95, tool.Max])
                page.Write($"<td>{SessionFacts.Milliseconds(latency)}</td>");
            page.WriteLine("</tr>");
        }

        page.Write("</table></div>\n");
    }

    private static void WriteCalls(StreamWriter page, Transcript transcript)
    {
        page.Write(
            """
            <h2>Calls</h2>
            <div class="tools">
            <input id="filter" type="search" placeholder="Filter by any text" aria-label="Filter calls">
            <label><input id="failed" type="checkbox"> Only errors</label>
            <button id="open" type="button">Open or close all</button>
            <span id="count"></span>
            </div>

            """
        );
        var session = transcript.Session;
        var start = session.Started;
        var length = Math.Max(
            1,
            transcript.Calls.Max(call => (call.Request.Time + (call.Latency ?? TimeSpan.Zero) - start).TotalMilliseconds)
        );
        foreach (var call in transcript.Calls)
        {
            var outcome = call.Outcome.ToString().ToLowerInvariant();
            var isOut = call.Request.Direction == RecordedDirection.Out;
            page.Write($"<details class=\"call {outcome}{(isOut ? " out" : "")}\" data-outcome=\"{outcome}\"><summary>");
            page.Write($"<span class=\"number\">{Number(call.Number)}</span>");
            page.Write($"<span class=\"at\">{SessionFacts.Offset(session, call.Request.Time)}</span>");
            page.Write($"<span class=\"title\">{(isOut ? "← " : "")}{Html(call.Title)}</span>");
            page.Write(Bar((call.Request.Time - start).TotalMilliseconds / length, (call.Latency?.TotalMilliseconds ?? 0) / length));
            page.Write($"<span class=\"latency\">{SessionFacts.Milliseconds(call.Latency)}</span>");
            page.Write($"<span class=\"{outcome}\">{Html(SessionFacts.Outcome(call))}</span></summary><div class=\"body\">");
            foreach (var message in call.Messages)
                WriteMessage(page, message);
            page.Write("</div></details>\n");
        }
    }

    private static void WriteMessage(StreamWriter page, RecordedMessage message)
    {
        var isRequest = message.Kind == RecordedKind.Request;
        page.Write($"<div><h3>{(isRequest ? "Request" : "Response")}, {SessionFacts.Bytes(message.Size)}</h3><pre>");
        page.Write(message.Payload is { } payload ? Html(Shown(payload, message.IsTruncated)) : "(not recorded)");
        page.Write("</pre></div>");
    }

    private static string Shown(ReadOnlyMemory<byte> payload, bool isTruncated)
    {
        var text = Payload.ToReadable(payload);
        if (text.Length <= MaxPayload)
            return isTruncated ? text + "\n… (only the beginning was recorded)" : text;
        var end = char.IsHighSurrogate(text[MaxPayload - 1]) ? MaxPayload - 1 : MaxPayload;
        return $"{text[..end]}\n… (the first {MaxPayload / 1024} kB of {SessionFacts.Bytes(payload.Length)}; see km logs --payloads for all of it)";
    }

    private static string Bar(double from, double width)
    {
        var left = Math.Clamp(from * 100, 0, 99.5);
        var right = Math.Clamp(width * 100, 0.5, 100 - left);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""<svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect x="{left:0.###}" width="{right:0.###}" height="1"/></svg>"""
        );
    }

    private static IEnumerable<string> Others(Transcript transcript) =>
        transcript
            .Items.Where(item => item is RecordedEvent or RecordedMessage { CorrelationId: "" })
            .Select(item =>
                SessionFacts.Offset(transcript.Session, item.Time)
                + "  "
                + item switch
                {
                    RecordedEvent occurrence =>
                        $"{occurrence.Type} {string.Join(", ", occurrence.Data.Select(fact => $"{fact.Key}={fact.Value}"))}",
                    RecordedMessage message =>
                        $"{(message.Direction == RecordedDirection.Out ? "←" : "→")} {message.Method} {Text(message)}",
                    _ => "",
                }
            );

    private static string? Text(RecordedMessage message) => message.Payload is { } payload ? Payload.Text(payload.Span) : null;

    private static IEnumerable<string> ErrorLines(Transcript transcript) =>
        transcript.Items.OfType<RecordedErrorLine>().Select(line => $"{SessionFacts.Offset(transcript.Session, line.Time)}  {line.Line}");

    private static void WriteLines(StreamWriter page, string title, IEnumerable<string> lines)
    {
        var all = lines.ToList();
        if (all.Count == 0)
            return;
        page.Write($"<h2>{Html(title)}</h2>\n<pre class=\"lines\">");
        foreach (var line in all.Take(MaxLines))
            page.WriteLine(Html(line.Trim()));
        if (all.Count > MaxLines)
            page.WriteLine($"… {Number(all.Count - MaxLines)} more");
        page.Write("</pre>\n");
    }

    private static string Html(string text) => WebUtility.HtmlEncode(text);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Digest(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Resource(string name)
    {
        using var stream = typeof(HtmlExport).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
