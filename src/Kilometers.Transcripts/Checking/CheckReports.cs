using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Kilometers.Transcripts.Checking;

/// <summary>What came of a check, for build servers.</summary>
public static class CheckReports
{
    private const string SarifSchema = "https://json.schemastore.org/sarif-2.1.0.json";

    /// <summary>JUnit's XML.</summary>
    public static void WriteJUnit(CheckReport report, Stream output)
    {
        ArgumentNullException.ThrowIfNull(report);
        var failures = report.Results.Count(result => result.Problems.Count > 0);
        var skipped = report.Results.Count(result => result.IsSkipped);
        var seconds = Seconds(report.Results.Aggregate(TimeSpan.Zero, (sum, result) => sum + result.Duration));
        var xml = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
        xml.Append(
            CultureInfo.InvariantCulture,
            $"""  <testsuite name="{Xml($"km check {report.Server}".TrimEnd())}" tests="{report.Results.Count}" failures="{failures}" errors="0" """
        );
        xml.Append(CultureInfo.InvariantCulture, $"""skipped="{skipped}" time="{seconds}">{'\n'}""");
        foreach (var result in report.Results)
        {
            xml.Append(
                CultureInfo.InvariantCulture,
                $"    <testcase classname=\"km.check\" name=\"{Xml(result.Title)}\" time=\"{Seconds(result.Duration)}\">"
            );
            if (result.IsSkipped)
                xml.Append("<skipped/>");
            else if (result.Problems.Count > 0)
                xml.Append(
                    CultureInfo.InvariantCulture,
                    $"<failure type=\"{result.Id}\" message=\"{Xml(result.Problems[0])}\">{Xml(string.Join('\n', result.Problems))}</failure>"
                );
            xml.Append("</testcase>\n");
        }

        xml.Append("  </testsuite>\n</testsuites>\n");
        output.Write(Encoding.UTF8.GetBytes(xml.ToString()));
    }

    /// <summary>SARIF 2.1.0: one result per problem.</summary>
    /// <param name="report">The report.</param>
    /// <param name="version">The version of km.</param>
    /// <param name="output">Where it goes.</param>
    public static void WriteSarif(CheckReport report, string version, Stream output)
    {
        ArgumentNullException.ThrowIfNull(report);
        using var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteString("$schema", SarifSchema);
        writer.WriteString("version", "2.1.0");
        writer.WriteStartArray("runs");
        writer.WriteStartObject();
        WriteTool(writer, report, version);
        writer.WriteStartArray("results");
        foreach (var result in report.Results)
        foreach (var problem in result.Problems)
            WriteResult(writer, report, result, problem);
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteTool(Utf8JsonWriter writer, CheckReport report, string version)
    {
        writer.WriteStartObject("tool");
        writer.WriteStartObject("driver");
        writer.WriteString("name", "km check");
        writer.WriteString("version", version);
        writer.WriteString("informationUri", "https://kilometers.ai");
        writer.WriteStartArray("rules");
        foreach (var result in report.Results)
        {
            writer.WriteStartObject();
            writer.WriteString("id", result.Id);
            writer.WriteStartObject("shortDescription");
            writer.WriteString("text", $"The server {result.Title}");
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteResult(Utf8JsonWriter writer, CheckReport report, CheckResult result, string problem)
    {
        writer.WriteStartObject();
        writer.WriteString("ruleId", result.Id);
        writer.WriteString("level", "error");
        writer.WriteStartObject("message");
        writer.WriteString("text", problem);
        writer.WriteEndObject();

        // Code scanning shows only results with a file, and a running server has none.
        writer.WriteStartArray("locations");
        writer.WriteStartObject();
        writer.WriteStartObject("physicalLocation");
        writer.WriteStartObject("artifactLocation");
        writer.WriteString("uri", "mcp-server");
        writer.WriteEndObject();
        writer.WriteStartObject("region");
        writer.WriteNumber("startLine", 1);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteStartArray("logicalLocations");
        writer.WriteStartObject();
        writer.WriteString("name", report.Server ?? "server");
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>XML has no way to write most control characters.</summary>
    private static string Xml(string text) =>
        WebUtility.HtmlEncode(
            string.Concat(
                text.EnumerateRunes()
                    .Select(rune => rune.Value is 9 or 10 or 13 or (>= 32 and not 0xfffe and not 0xffff) ? rune.ToString() : "\ufffd")
            )
        );

    private static string Seconds(TimeSpan span) => span.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);
}
