using System.Globalization;
using System.Net;
using System.Text;

namespace Kilometers.Transcripts.Checking;

/// <summary>What came of a check, for build servers.</summary>
public static class CheckReports
{
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
        SarifLog.Write(
            output,
            new SarifRun(
                "km check",
                version,
                [.. report.Results.Select(result => new SarifRule(result.Id, $"The server {result.Title}"))],
                [
                    .. report.Results.SelectMany(result =>
                        result.Problems.Select(problem => new SarifResult(result.Id, SarifLevel.Error, problem, report.Server ?? "server"))
                    ),
                ]
            )
        );
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
