namespace Kilometers.Transcripts.Comparing;

/// <summary>A latency that changed by more than noise.</summary>
/// <param name="Title">What is called.</param>
/// <param name="Before">The median before.</param>
/// <param name="After">The median after.</param>
/// <param name="CallsBefore">How many latencies there are before.</param>
/// <param name="CallsAfter">How many there are after.</param>
/// <param name="Probability">How likely such a difference is by chance, after Bonferroni's correction.</param>
public sealed record LatencyShift(string Title, TimeSpan Before, TimeSpan After, int CallsBefore, int CallsAfter, double Probability);

/// <summary>
/// Finds latencies that shifted. The test is Mann and Whitney's U, two-sided, with the normal approximation corrected for ties: latencies are
/// not normally distributed, and a single slow call must not decide. The level is divided by the number of tests (Bonferroni). A shift
/// must also be large enough to matter.
/// </summary>
internal static class LatencyTest
{
    /// <summary>With fewer latencies on a side nothing can be told.</summary>
    public const int MinCalls = 8;

    /// <summary>How likely a difference by chance may be.</summary>
    public const double Level = 0.01;

    /// <summary>The smallest change of the median, as a share of the smaller one.</summary>
    public const double MinChange = 0.2;

    private static readonly TimeSpan MinDifference = TimeSpan.FromMilliseconds(1);

    public static IReadOnlyList<LatencyShift> Of(IEnumerable<TranscriptCall> before, IEnumerable<TranscriptCall> after)
    {
        var (left, right) = (Latencies(before), Latencies(after));
        var tested = left.Keys.Where(title => left[title].Count >= MinCalls && right.GetValueOrDefault(title)?.Count >= MinCalls).ToList();
        return
        [
            .. from title in tested
            let shift = Test(title, left[title], right[title], tested.Count)
            where shift.Probability < Level && IsLarge(shift.Before, shift.After)
            orderby shift.Probability, title
            select shift,
        ];
    }

    /// <summary>The two-sided probability of two samples being that different by chance.</summary>
    internal static double Probability(IReadOnlyList<long> left, IReadOnlyList<long> right)
    {
        var all = left.Select(value => (Value: value, IsLeft: true))
            .Concat(right.Select(value => (Value: value, IsLeft: false)))
            .OrderBy(one => one.Value)
            .ToList();
        var (n, m, total) = ((double)left.Count, (double)right.Count, (double)all.Count);
        var (ranks, ties) = (0.0, 0.0);
        for (var at = 0; at < all.Count; )
        {
            var end = at;
            while (end < all.Count && all[end].Value == all[at].Value)
                end++;
            double same = end - at;
            ranks += all.Skip(at).Take(end - at).Count(one => one.IsLeft) * ((at + 1 + end) / 2.0);
            ties += (same * same * same) - same;
            at = end;
        }

        var u = ranks - (n * (n + 1) / 2);
        var deviation = Math.Sqrt(n * m / 12 * (total + 1 - (ties / (total * (total - 1)))));
        if (deviation == 0)
            return 1;
        var z = Math.Max(0, Math.Abs(u - (n * m / 2)) - 0.5) / deviation;
        return Math.Min(1, Tail(z / Math.Sqrt(2)));
    }

    private static LatencyShift Test(string title, List<long> left, List<long> right, int tests) =>
        new(
            title,
            TimeSpan.FromTicks(Median(left)),
            TimeSpan.FromTicks(Median(right)),
            left.Count,
            right.Count,
            Math.Min(1, Probability(left, right) * tests)
        );

    private static bool IsLarge(TimeSpan before, TimeSpan after) =>
        (after - before).Duration() >= MinDifference && (after - before).Duration() >= MinChange * (before < after ? before : after);

    private static Dictionary<string, List<long>> Latencies(IEnumerable<TranscriptCall> calls) =>
        calls
            .Where(call => call.Latency is not null)
            .GroupBy(call => call.Title)
            .ToDictionary(group => group.Key, group => group.Select(call => call.Latency!.Value.Ticks).Order().ToList());

    private static long Median(List<long> sorted) => (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;

    /// <summary>The complementary error function, with a relative error below 1.2e-7 (Numerical Recipes' rational approximation).</summary>
    private static double Tail(double x)
    {
        ReadOnlySpan<double> terms =
        [
            -1.26551223,
            1.00002368,
            0.37409196,
            0.09678418,
            -0.18628806,
            0.27886807,
            -1.13520398,
            1.48851587,
            -0.82215223,
            0.17087277,
        ];
        var t = 1 / (1 + (0.5 * x));
        var sum = 0.0;
        for (var at = terms.Length - 1; at >= 0; at--)
            sum = terms[at] + (t * sum);
        return t * Math.Exp((-x * x) + sum);
    }
}
