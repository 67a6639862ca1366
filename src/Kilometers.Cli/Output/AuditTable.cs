using System.Globalization;
using Kilometers.Audit;

namespace Kilometers.Cli.Output;

/// <summary>
/// Audit entries as lines of columns. The columns are as wide as usual entries need, not as the widest of all: a log may have millions, and
/// each is shown as it is read. Where a terminal is too narrow for the details beside the rest, they stand below.
/// </summary>
internal sealed class AuditTable
{
    private const int TimeWidth = 20,
        EventWidth = 18,
        DecisionWidth = 8,
        PluginWidth = 26,
        Gap = 2;
    private const int DetailStart = TimeWidth + EventWidth + DecisionWidth + PluginWidth + (4 * Gap);
    private const int NarrowestDetail = 30;
    private readonly int? _width;
    private readonly bool _colors;

    /// <param name="width">The terminal's columns; null: nothing is cut.</param>
    /// <param name="colors">Whether to colour decisions.</param>
    public AuditTable(int? width, bool colors)
    {
        _width = width;
        _colors = colors;
    }

    public string Header => Cut(Row("TIME", "EVENT", "DECISION", "PLUGIN", IsDetailBelow ? "" : "DETAIL"), _width);

    private bool IsDetailBelow => _width is { } width && width - DetailStart < NarrowestDetail;

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>One line, or two, without a newline at the end.</summary>
    public string Format(AuditEntry entry)
    {
        if (!entry.IsReadable)
            return Color(Cut("(this line is not a record; see: km audit verify)", _width), "31");
        var decision = entry.Decision.ToString().ToLowerInvariant();
        var detail = TerminalText.Line(
            string.Join("  ", new[] { entry.Code, entry.Detail, Facts(entry) }.Where(part => !string.IsNullOrEmpty(part)))
        );
        var plugin = TerminalText.Line($"{entry.Plugin} {entry.Version}".Trim());
        var row = Cut(Row(Time(entry.Time), TerminalText.Line(entry.Event), decision, plugin, IsDetailBelow ? "" : detail), _width);

        // Only where the columns before it stand in their places, and not where the line was cut.
        const int DecisionStart = TimeWidth + EventWidth + (2 * Gap);
        if (
            _colors
            && row.Length >= DecisionStart + decision.Length
            && string.CompareOrdinal(row, DecisionStart, decision, 0, decision.Length) == 0
        )
            row =
                row[..DecisionStart]
                + Color(
                    decision,
                    entry.Decision switch
                    {
                        AuditDecision.Allowed => "32",
                        AuditDecision.Info => "2",
                        _ => "31",
                    }
                )
                + row[(DecisionStart + decision.Length)..];
        return IsDetailBelow && detail.Length > 0 ? $"{row}\n{Cut(new string(' ', TimeWidth + Gap) + detail, _width)}" : row;
    }

    private static string Facts(AuditEntry entry) =>
        entry.Data is null ? "" : string.Join(' ', entry.Data.Select(fact => $"{fact.Key}={fact.Value}"));

    private string Row(string time, string name, string decision, string plugin, string detail) =>
        (Cell(time, TimeWidth) + Cell(name, EventWidth) + Cell(decision, DecisionWidth) + Cell(plugin, PluginWidth) + detail).TrimEnd();

    /// <summary>On a terminal columns stay in line; elsewhere nothing is lost.</summary>
    private string Cell(string text, int width) => (_width is null ? text : Cut(text, width)).PadRight(width) + new string(' ', Gap);

    private string Color(string text, string code) => _colors ? $"\u001b[{code}m{text}\u001b[0m" : text;

    private static string Cut(string text, int? width)
    {
        if (width is not { } most || text.Length <= most)
            return text;
        var end = Math.Max(0, most - 1);
        if (end > 0 && char.IsHighSurrogate(text[end - 1]))
            end--;
        return text[..end] + "…";
    }
}
