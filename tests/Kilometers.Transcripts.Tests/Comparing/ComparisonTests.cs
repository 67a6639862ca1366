using Kilometers.Recordings;
using Kilometers.Recordings.Reading;
using Kilometers.Transcripts.Comparing;

namespace Kilometers.Transcripts.Tests.Comparing;

public sealed class ComparisonTests
{
    [Fact]
    public void Of_Definitions_FieldByField()
    {
        var comparison = Compare(
            Listing(
                """{"tools":[{"name":"old"},{"name":"echo","description":"a","inputSchema":{"type":"object","required":["x"]}},{"name":"same","n":1}]}"""
            ),
            Listing(
                """{"tools":[{"n":1.0,"name":"same"},{"name":"echo","description":"b","inputSchema":{"required":["x","y"],"type":"object"}},{"name":"new"}]}"""
            )
        );
        Assert.Equal(
            ["changed echo", "added new", "removed old"],
            comparison.Definitions.Select(change => $"{change.Change} {change.Name}")
        );
        Assert.Equal(
            [new JsonDifference("description", "\"a\"", "\"b\""), new JsonDifference("inputSchema.required[1]", null, "\"y\"")],
            comparison.Definitions[0].Differences
        );
        Assert.Empty(comparison.Results);
        Assert.True(comparison.IsDifferent);
    }

    [Fact]
    public void Of_KindsThatOnlyOneSideListed_AreNotCompared() =>
        Assert.Empty(Compare(Listing("""{"tools":[{"name":"a"}]}"""), Sessions.Of(("echo", "{}", "1"))).Definitions);

    [Fact]
    public void Of_FurtherPages_BelongToTheListing()
    {
        var first = Sessions.Request(1, "tools/list", "", "{}");
        var second = Sessions.Request(3, "tools/list", "", """{"cursor":"c"}""");
        var set = DefinitionSet.Of(
            Sessions.Of([
                first,
                Sessions.Response(first, """{"tools":[{"name":"a"}]}"""),
                second,
                Sessions.Response(second, """{"tools":[{"name":"b"}]}"""),
            ])
        );
        Assert.Equal(["a", "b"], set.Definitions.Keys.Select(key => key.Name));
    }

    [Fact]
    public void Of_Calls_ComparesTheSameQuestionsInOrder()
    {
        var comparison = Compare(
            Sessions.Of(("get", """{"id":1}""", """{"v":1}"""), ("get", """{"id":1}""", """{"v":2}"""), ("gone", "{}", "1")),
            Sessions.Of(("new", "{}", "1"), ("get", """{"id":1.0}""", """{"v":1}"""), ("get", """{"id":1}""", """{"v":3}"""))
        );
        var change = Assert.Single(comparison.Results);
        Assert.Equal(("get", 2, 3), (change.Title, change.Before, change.After));
        Assert.Equal([new JsonDifference("v", "2", "3")], change.Differences);
        Assert.Equal(["gone"], comparison.OnlyBefore.Keys);
        Assert.Equal(["new"], comparison.OnlyAfter.Keys);
        Assert.Equal(2, comparison.Compared);
    }

    [Theory]
    [InlineData("""{"t":"key=***"}""", """{"t":"key=abc"}""", true)]
    [InlineData("""{"t":"key=abc"}""", """{"t":"key=***"}""", true)]
    [InlineData("""{"t":"a ***"}""", """{"t":"b ***"}""", false)]
    [InlineData("""{"_meta":{"x":1},"t":1}""", """{"t":1}""", true)]
    [InlineData("""{"t":[1,2]}""", """{"t":[2,1]}""", false)]
    public void Of_Results_AreComparedByWhatTheyMean(string before, string after, bool isSame) =>
        Assert.Equal(isSame, !Compare(Sessions.Of(("get", "{}", before)), Sessions.Of(("get", "{}", after))).IsDifferent);

    [Fact]
    public void Of_IgnoredPlaces_DoNotCount() =>
        Assert.False(
            SessionComparison
                .Of(Sessions.Of(("get", "{}", """{"time":1}""")), Sessions.Of(("get", "{}", """{"time":2}""")), path => path == "time")
                .IsDifferent
        );

    [Fact]
    public void Of_Latencies_FindsShiftsAndNoNoise()
    {
        var random = new Random(5);
        var noise = Compare(Timed(random, 40, 10), Timed(random, 40, 10));
        Assert.Empty(noise.Latencies);
        var shift = Assert.Single(Compare(Timed(random, 40, 10), Timed(random, 40, 20)).Latencies);
        Assert.Equal(("get", 40, 40), (shift.Title, shift.CallsBefore, shift.CallsAfter));
        Assert.True(shift.Probability < 0.01 && shift.After > shift.Before);
        Assert.Empty(Compare(Timed(random, 5, 10), Timed(random, 5, 1000)).Latencies);
    }

    [Fact]
    public void Probability_KnownSamples_AreThoseOfTheTest()
    {
        // The values of R's wilcox.test(x, y, exact = FALSE).
        Assert.Equal(0.01219, LatencyTest.Probability([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]), 4);
        Assert.Equal(1, LatencyTest.Probability([1, 1, 1], [1, 1, 1]));
        Assert.Equal(1, LatencyTest.Probability([1, 2, 3], [1, 2, 3]), 4);
    }

    [Fact]
    public void At_EachTime_HasWhatWasListedThen()
    {
        static DateTimeOffset Day(int day) => new(2026, 11, day, 0, 0, 0, TimeSpan.Zero);
        DefinitionVersion[] versions =
        [
            Version("tool", "a", "1", Day(1), Day(5)),
            Version("tool", "a", "2", Day(6), Day(9)),
            Version("tool", "gone", "1", Day(1), Day(3)),
            Version("tool", "new", "1", Day(7), Day(9)),
            Version("prompt", "p", "1", Day(2), Day(2)),
        ];
        Assert.Equal(["a1", "gone1", "p1"], At(3));
        Assert.Equal(["a1", "p1"], At(5));
        Assert.Equal(["a2", "p1"], At(6));
        Assert.Equal(["a2", "new1", "p1"], At(10));
        Assert.Equal([], DefinitionHistory.At(versions, Day(1).AddDays(-1)));

        static DefinitionVersion Version(string kind, string name, string content, DateTimeOffset first, DateTimeOffset last) =>
            new()
            {
                Id = 0,
                Server = "files",
                Kind = kind,
                Name = name,
                Hash = content,
                Size = content.Length,
                Content = content,
                FirstSeen = first,
                LastSeen = last,
            };

        List<string> At(int day) =>
            [.. DefinitionHistory.At(versions, Day(day)).Select(version => version.Name + version.Content).Order(StringComparer.Ordinal)];
    }

    private static SessionComparison Compare(Transcript before, Transcript after) => SessionComparison.Of(before, after, _ => false);

    private static Transcript Listing(string result)
    {
        var request = Sessions.Request(1, "tools/list", "", "{}");
        return Sessions.Of([request, Sessions.Response(request, result)]);
    }

    private static Transcript Timed(Random random, int calls, double median) =>
        Sessions.Of([
            .. Enumerable
                .Range(0, calls)
                .SelectMany(at =>
                {
                    var request = Sessions.Request((at * 2) + 1, "get", "{}");
                    return (RecordedItem[])[request, Sessions.Response(request, "1", median * (0.7 + (random.NextDouble() * 0.6)))];
                }),
        ]);
}
