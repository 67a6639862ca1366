using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Kilometers.Cli.Commands.Reports;

namespace Kilometers.Cli.Tests.Commands.Reports;

public sealed partial class ReportPageTests : IDisposable
{
    private readonly CollectedFigures _figures = new();

    public void Dispose() => _figures.Dispose();

    [Fact]
    public void Page_OfHostileNames_HasNoMarkupOfTheirs()
    {
        _figures.With("one", CollectedFigures.Hostile, CollectedFigures.Hostile, 40, unused: [CollectedFigures.Hostile + "2"]);
        var page = Page();
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain('\u001b', page);
        Assert.DoesNotContain('\u202e', page);
        Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_LoadsNothingAndAllowsOnlyItsOwnStyle()
    {
        _figures.With("one", "files", "read", 40).With("two", "files", "read", 40, days: 6);
        var page = Page();
        var style = Style().Match(page).Groups[1].Value;
        var digest = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));
        Assert.Contains($"default-src 'none'; style-src 'sha256-{digest}'", page, StringComparison.Ordinal);
        Assert.DoesNotMatch(
            @"(?i)\b(src|href|url|import|style)\s*=|url\(|@import|https?:",
            page.Replace("http-equiv=", "", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Page_Pictures_AreWellFormedAndWithinTheirFrames()
    {
        _figures
            .With("one", "files", "read", 40, 0.00001)
            .With("two", "web", "fetch", 7, 3000, days: 2)
            .With("three", "db", "ask", 1, 0, days: 1);
        var pictures = Picture().Matches(Page()).Select(match => XElement.Parse(match.Value)).ToList();
        Assert.Equal(4, pictures.Count);
        foreach (var picture in pictures)
        {
            var frame = picture
                .Attribute("viewBox")!
                .Value.Split(' ')
                .Select(number => double.Parse(number, CultureInfo.InvariantCulture))
                .ToArray();
            foreach (var shape in picture.Descendants().Where(shape => shape.Attribute("cx") is not null))
            {
                Assert.InRange((double)shape.Attribute("cx")!, 0, frame[2]);
                Assert.InRange((double)shape.Attribute("cy")!, 0, frame[3]);
            }

            foreach (var box in picture.Elements("rect"))
                Assert.InRange((double)box.Attribute("x")! + (double)box.Attribute("width")!, 0, frame[2] + 40);
        }
    }

    [Fact]
    public void Page_WithoutCalls_SaysWhatToDo()
    {
        _figures.With("one", "files", "read", 5, days: 30);
        var report = _figures.Report(new() { Since = CollectedFigures.Now.AddDays(-7) });
        Assert.Contains("--since", new ReportPage(report, CollectedFigures.Now).Make(), StringComparison.Ordinal);
    }

    private string Page() => new ReportPage(_figures.Report(), CollectedFigures.Now).Make();

    [GeneratedRegex("<style>(.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex Style();

    [GeneratedRegex("<svg.*?</svg>", RegexOptions.Singleline)]
    private static partial Regex Picture();
}
