using System.Globalization;
using System.Net;
using System.Text;
using Kilometers.Cli.Output;

namespace Kilometers.Cli.Commands.Reports;

/// <summary>A picture that needs no script and loads nothing. Whatever others wrote becomes text, never markup.</summary>
/// <param name="label">What it shows, for those who do not see it.</param>
/// <param name="height">Its height, in the units of <see cref="Width"/>.</param>
internal sealed class SvgDrawing(string label, int height)
{
    /// <summary>The width that drawing counts in; the page scales it.</summary>
    public const int Width = 560;

    private readonly StringBuilder _svg = new();

    /// <summary>A text.</summary>
    public void Text(double x, double y, string text, string anchor = "start", string style = "label") =>
        _svg.Append(
            CultureInfo.InvariantCulture,
            $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\" class=\"{style}\">{Html(text)}</text>"
        );

    /// <summary>A line.</summary>
    public void Line(double x1, double y1, double x2, double y2, string style) =>
        _svg.Append(
            CultureInfo.InvariantCulture,
            $"<line x1=\"{x1:0.#}\" y1=\"{y1:0.#}\" x2=\"{x2:0.#}\" y2=\"{y2:0.#}\" class=\"{style}\"/>"
        );

    /// <summary>A box, with what it says when the pointer is over it.</summary>
    public void Box(double x, double y, double width, double tall, string style, string title) =>
        _svg.Append(
            CultureInfo.InvariantCulture,
            $"<rect x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{Math.Max(0, width):0.##}\" height=\"{Math.Max(0, tall):0.##}\" class=\"{style}\"><title>{Html(title)}</title></rect>"
        );

    /// <summary>A dot, with what it says when the pointer is over it.</summary>
    public void Dot(double x, double y, double radius, string style, string title) =>
        _svg.Append(
            CultureInfo.InvariantCulture,
            $"<circle cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"{radius:0.#}\" class=\"{style}\"><title>{Html(title)}</title></circle>"
        );

    /// <summary>A line through points.</summary>
    public void Path(IReadOnlyList<(double X, double Y)> points, string style)
    {
        if (points.Count < 2)
            return;
        _svg.Append("<polyline points=\"");
        foreach (var (x, y) in points)
            _svg.Append(CultureInfo.InvariantCulture, $"{x:0.#},{y:0.#} ");
        _svg.Append(CultureInfo.InvariantCulture, $"\" class=\"{style}\"/>");
    }

    /// <summary>Without what could make the text look like another.</summary>
    private static string Html(string text) => WebUtility.HtmlEncode(TerminalText.Line(text));

    /// <summary>The markup.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"<div class=\"chart\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\"><svg viewBox=\"0 0 {Width} {height}\" role=\"img\" aria-label=\"{label}\">{_svg}</svg></div>"
        );
}
