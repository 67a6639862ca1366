using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using Kilometers.Ui.Showing;
using Microsoft.AspNetCore.Html;

namespace Kilometers.Ui.Charts;

/// <summary>A picture that is drawn here: without a script, under the strictest policy, and the same on paper.</summary>
public abstract class SvgChart : IHtmlContent
{
    /// <summary>The width that drawing counts in; the page scales it.</summary>
    protected const int Width = 960;

    private readonly StringBuilder _svg = new();

    /// <summary>What it shows, for those who do not see it.</summary>
    protected abstract string Label { get; }

    /// <summary>The height that drawing counts in.</summary>
    protected abstract int Height { get; }

    /// <inheritdoc/>
    public void WriteTo(TextWriter writer, HtmlEncoder encoder)
    {
        ArgumentNullException.ThrowIfNull(writer);
        _svg.Clear();
        Draw();
        writer.Write(
            string.Create(
                CultureInfo.InvariantCulture,
                $"<div class=\"chart\" tabindex=\"0\" role=\"region\" aria-label=\"{Label}\"><svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Label}\">"
            )
        );
        writer.Write(_svg);
        writer.Write("</svg></div>");
    }

    /// <summary>Draws it.</summary>
    protected abstract void Draw();

    /// <summary>A text that others may have written.</summary>
    protected void Text(double x, double y, string text, string anchor = "start", string style = "")
    {
        Add($"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\" class=\"{style}\">");
        _svg.Append(HtmlEncoder.Default.Encode(Shown.Plain(text))).Append("</text>");
    }

    /// <summary>A line.</summary>
    protected void Line(double x1, double y1, double x2, double y2, string style) =>
        Add($"<line x1=\"{x1:0.#}\" y1=\"{y1:0.#}\" x2=\"{x2:0.#}\" y2=\"{y2:0.#}\" class=\"{style}\"/>");

    /// <summary>A box, with what it says when the pointer is over it.</summary>
    protected void Box(double x, double y, double width, double height, string style, string title, double opacity = 1)
    {
        Add(
            $"<rect x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{Math.Max(0, width):0.##}\" height=\"{Math.Max(0, height):0.##}\" class=\"{style}\" fill-opacity=\"{opacity:0.##}\">"
        );
        _svg.Append("<title>").Append(HtmlEncoder.Default.Encode(Shown.Plain(title))).Append("</title></rect>");
    }

    /// <summary>A dot, with what it says when the pointer is over it.</summary>
    protected void Dot(double x, double y, double radius, string style, string title)
    {
        Add($"<circle cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"{radius:0.#}\" class=\"{style}\">");
        _svg.Append("<title>").Append(HtmlEncoder.Default.Encode(title)).Append("</title></circle>");
    }

    /// <summary>A line through points.</summary>
    protected void Path(IEnumerable<(double X, double Y)> points, string style)
    {
        var path = string.Join(' ', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.X:0.#},{point.Y:0.#}")));
        if (path.Contains(' ', StringComparison.Ordinal))
            Add($"<polyline points=\"{path}\" class=\"{style}\"/>");
    }

    private void Add(FormattableString text) => _svg.Append(text.ToString(CultureInfo.InvariantCulture));
}
