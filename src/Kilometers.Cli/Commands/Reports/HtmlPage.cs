using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Kilometers.Cli.Output;

namespace Kilometers.Cli.Commands.Reports;

/// <summary>
/// One page that loads nothing: its policy allows only its own style, by its digest. Whatever others wrote becomes text, never markup.
/// </summary>
internal sealed class HtmlPage
{
    private readonly StringBuilder _page = new();

    /// <summary>Begins it.</summary>
    /// <param name="title">What the browser shows as its name.</param>
    /// <param name="heading">Its heading.</param>
    public HtmlPage(string title, string heading)
    {
        var style = Style();
        _page.Append(
            CultureInfo.InvariantCulture,
            $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '{Digest(
                style
            )}'; base-uri 'none'; form-action 'none'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="referrer" content="no-referrer">
            <title>{Html(title)}</title>
            <style>{style}</style>
            </head>
            <body>
            <h1>{Html(heading)}</h1>

            """
        );
    }

    /// <summary>A sentence.</summary>
    public void Paragraph(string text, string style = "") => _page.Append($"<p{Class(style)}>{Html(text)}</p>\n");

    /// <summary>Sentences under a title; none: nothing.</summary>
    public void List(string title, IReadOnlyCollection<string> sentences)
    {
        if (sentences.Count == 0)
            return;
        Begin(title);
        Items(sentences);
        End();
    }

    /// <summary>Sentences.</summary>
    public void Items(IEnumerable<string> sentences)
    {
        _page.Append("<ul>\n");
        foreach (var sentence in sentences)
            _page.Append($"<li>{Html(sentence)}</li>\n");
        _page.Append("</ul>\n");
    }

    /// <summary>The most important values.</summary>
    public void Cards(params IReadOnlyList<(string Name, string Value, bool IsBad)> cards)
    {
        _page.Append("<dl class=\"cards\">\n");
        foreach (var (name, value, isBad) in cards)
            _page.Append($"<div class=\"card\"><dt>{Html(name)}</dt><dd{Class(isBad ? "bad" : "")}>{Html(value)}</dd></div>\n");
        _page.Append("</dl>\n");
    }

    /// <summary>A table; those without rows are left out.</summary>
    /// <param name="title">Its title.</param>
    /// <param name="headers">The headers.</param>
    /// <param name="texts">How many columns at the left are texts, not numbers.</param>
    /// <param name="rows">As many cells each.</param>
    /// <param name="style">A class of the table.</param>
    /// <param name="note">A sentence below it; null: none.</param>
    public void Table(
        string title,
        IReadOnlyList<string> headers,
        int texts,
        IEnumerable<string[]> rows,
        string style = "",
        string? note = null
    )
    {
        var all = rows.ToList();
        if (all.Count == 0)
            return;
        Begin(title, "long");
        _page.Append(
            $"<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{Html(title)}\"><table{Class(style)}>\n<thead><tr>"
        );
        for (var at = 0; at < headers.Count; at++)
            _page.Append($"<th scope=\"col\"{Right(at)}>{Html(headers[at])}</th>");
        _page.Append("</tr></thead>\n<tbody>\n");
        foreach (var row in all)
        {
            _page.Append("<tr>");
            for (var at = 0; at < row.Length; at++)
                _page.Append($"<td{Right(at)}>{Html(row[at])}</td>");
            _page.Append("</tr>\n");
        }

        _page.Append("</tbody>\n</table></div>\n");
        if (note is not null)
            Paragraph(note, "dim");
        End();

        string Right(int at) => at >= texts ? " class=\"r\"" : "";
    }

    /// <summary>A picture under a title.</summary>
    public void Chart(string title, SvgDrawing drawing)
    {
        Begin(title);
        _page.Append(drawing).Append('\n');
        End();
    }

    /// <summary>Begins a part of the page with a class of its own.</summary>
    public void BeginGroup(string style) => _page.Append($"<div{Class(style)}>\n");

    /// <summary>Ends it.</summary>
    public void EndGroup() => _page.Append("</div>\n");

    /// <summary>Begins a section.</summary>
    public void Begin(string title, string style = "") => _page.Append($"<section{Class(style)}>\n<h2>{Html(title)}</h2>\n");

    /// <summary>Ends it.</summary>
    public void End() => _page.Append("</section>\n");

    /// <summary>The whole page.</summary>
    /// <param name="footer">What stands below everything.</param>
    public string Finish(string footer) => _page.Append($"<footer>{Html(footer)}</footer>\n</body>\n</html>\n").ToString();

    private static string Class(string style) => style.Length > 0 ? $" class=\"{style}\"" : "";

    /// <summary>Without what could make the text look like another. ASCII, so that the page is the same in every locale.</summary>
    private static string Html(string text)
    {
        var encoded = WebUtility.HtmlEncode(TerminalText.Line(text, int.MaxValue));
        if (Ascii.IsValid(encoded))
            return encoded;
        var ascii = new StringBuilder(encoded.Length + 32);
        foreach (var rune in encoded.EnumerateRunes())
            if (rune.IsAscii)
                ascii.Append((char)rune.Value);
            else
                ascii.Append(CultureInfo.InvariantCulture, $"&#{rune.Value};");
        return ascii.ToString();
    }

    private static string Style()
    {
        using var stream = typeof(HtmlPage).Assembly.GetManifestResourceStream("report.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static string Digest(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
