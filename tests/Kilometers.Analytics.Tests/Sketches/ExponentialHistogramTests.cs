using CsCheck;
using Kilometers.Analytics.Sketches;

namespace Kilometers.Analytics.Tests.Sketches;

public sealed class ExponentialHistogramTests
{
    private const double Rounding = 1e-9;

    /// <summary>From microseconds to days, zeros, powers of two, which are bounds of buckets, and what a double just holds.</summary>
    private static readonly Gen<double> Value = Gen.OneOf(
        Gen.Double[-20, 17].Select(power => Math.Pow(2, power)),
        Gen.Int[-20, 17].Select(power => Math.Pow(2, power)),
        Gen.Const(0.0)
    );

    private static readonly Gen<double> AnyValue = Gen.OneOf(
        Value,
        Gen.Const(double.Epsilon),
        Gen.Const(double.MaxValue),
        Gen.Const(1e-300),
        Gen.Const(1e300)
    );

    [Fact]
    public void Add_Values_AreInTheBucketsThatTheSpecificationNames()
    {
        // A power of two is the upper bound of its bucket. From 1 to 32, scale 5 would need the buckets -1 to 159: one too many.
        var histogram = Of(1, 2, 32);
        Assert.Equal((4, 3L, 35.0, 1.0, 32.0), (histogram.Scale, histogram.Count, histogram.Sum, histogram.Min, histogram.Max));
        Assert.Equal((-1, 81), (histogram.Offset, histogram.Buckets.Length));
        Assert.Equal([0, 16, 80], Enumerable.Range(0, 81).Where(at => Of(1, 2, 32).Buckets[at] == 1));

        histogram = Of(1.01, 2, 32);
        Assert.Equal((5, 0, 160), (histogram.Scale, histogram.Offset, histogram.Buckets.Length));
    }

    [Fact]
    public void Add_OneValue_HasTheFinestScale()
    {
        var histogram = Of(0.3);
        Assert.Equal((ExponentialHistogram.MaxScale, 1), (histogram.Scale, histogram.Buckets.Length));
        Assert.Equal(0.3, histogram.Quantile(0.5));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Add_WhatIsNoAmount_IsRefused(double value) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ExponentialHistogram().Add(value));

    [Fact]
    public void Add_AnyValues_AreEachBetweenTheBoundsOfTheirBucket() =>
        AnyValue
            .Array[1, 60]
            .Sample(values =>
            {
                var histogram = Of(values);
                Assert.InRange(histogram.Buckets.Length, 0, ExponentialHistogram.MaxBuckets);
                Assert.Equal(values.LongLength, histogram.Count);
                Assert.Equal(values.LongCount(value => value == 0), histogram.ZeroCount);
                for (var at = 0; at < histogram.Buckets.Length; at++)
                {
                    var (low, high) = (histogram.LowerBound(histogram.Offset + at), histogram.LowerBound(histogram.Offset + at + 1L));

                    // Near a bound the logarithm may be one rounding off.
                    var inside = values.Count(value => value > low * (1 + Rounding) && value <= high * (1 - Rounding));
                    var near = values.Count(value => value > 0 && value >= low * (1 - Rounding) && value <= high * (1 + Rounding));
                    Assert.InRange(histogram.Buckets[at], inside, near);
                }
            });

    [Fact]
    public void Add_AnyValues_NeedNoFinerScale() =>
        AnyValue
            .Array[2, 60]
            .Sample(values =>
            {
                // With one more, the buckets from the first to the last would be more than there may be.
                var histogram = Of(values);
                if (histogram.Scale < ExponentialHistogram.MaxScale)
                    Assert.InRange(histogram.Buckets.Length, (ExponentialHistogram.MaxBuckets / 2) - 1, ExponentialHistogram.MaxBuckets);
            });

    [Fact]
    public void Quantile_AnyValues_IsWithinItsError() =>
        Gen.Select(Value.Array[1, 300], Gen.Double[0, 1])
            .Sample(
                (values, part) =>
                {
                    var histogram = Of(values);
                    var sorted = values.Order().ToArray();
                    var exact = sorted[Math.Clamp((int)Math.Ceiling(part * values.Length), 1, values.Length) - 1];
                    var estimate = histogram.Quantile(part)!.Value;
                    Assert.InRange(Math.Abs(estimate - exact), 0, (exact * histogram.RelativeError) + (exact * Rounding));
                }
            );

    /// <summary>1 µs to 1 s, and 1 ms to 17 min: what the pages promise.</summary>
    [Fact]
    public void RelativeError_OfAMillionfold_IsBelow4Point4Percent() => Assert.InRange(Of(0.001, 1000).RelativeError, 0, 0.044);

    [Fact]
    public void Merge_AnyValues_IsAsIfAllWereAddedToOne() =>
        Gen.Select(AnyValue.Array[0, 60], AnyValue.Array[0, 60])
            .Sample(
                (first, second) =>
                {
                    var merged = Merged(Of(first), Of(second));
                    AssertSame(Of([.. first, .. second]), merged);
                    AssertSame(merged, Merged(Of(second), Of(first)));
                }
            );

    [Fact]
    public void Merge_AnyThree_IsAssociative() =>
        Gen.Select(AnyValue.Array[0, 40], AnyValue.Array[0, 40], AnyValue.Array[0, 40])
            .Sample(
                (first, second, third) =>
                    AssertSame(Merged(Merged(Of(first), Of(second)), Of(third)), Merged(Of(first), Merged(Of(second), Of(third))))
            );

    [Fact]
    public void Merge_TheOther_StaysAsItWas()
    {
        var other = Of(1, 1000);
        Of(1e-6).Merge(other);
        AssertSame(Of(1, 1000), other);
    }

    [Fact]
    public void Bytes_AnyHistogram_ComesBack() =>
        AnyValue
            .Array[0, 60]
            .Sample(values =>
            {
                var histogram = Of(values);
                AssertSame(histogram, HistogramBytes.Read(HistogramBytes.Write(histogram))!);
            });

    [Fact]
    public void Bytes_Anything_IsReadOrRefused() =>
        Gen
            .Byte.Array[0, 80]
            .Sample(bytes =>
            {
                var histogram = HistogramBytes.Read([1, .. bytes]);
                if (histogram is null)
                    return;

                // What is believed can be used.
                histogram.Merge(Of(double.Epsilon, double.MaxValue));
                Assert.NotNull(histogram.Quantile(0.5));
            });

    [Fact]
    public void Bytes_ChangedInOnePlace_AreReadOrRefused() =>
        Gen.Select(AnyValue.Array[1, 40], Gen.Int[0, 400], Gen.Byte)
            .Sample(
                (values, at, value) =>
                {
                    var bytes = HistogramBytes.Write(Of(values));
                    bytes[at % bytes.Length] = value;
                    if (HistogramBytes.Read(bytes) is not { } histogram)
                        return;
                    var other = Of(double.Epsilon, double.MaxValue);
                    other.Merge(histogram);
                    histogram.Merge(other);
                    Assert.NotNull(histogram.Quantile(0.99));
                }
            );

    private static ExponentialHistogram Of(params double[] values)
    {
        var histogram = new ExponentialHistogram();
        foreach (var value in values)
            histogram.Add(value);
        return histogram;
    }

    private static ExponentialHistogram Merged(ExponentialHistogram first, ExponentialHistogram second)
    {
        var merged = new ExponentialHistogram();
        merged.Merge(first);
        merged.Merge(second);
        return merged;
    }

    private static void AssertSame(ExponentialHistogram expected, ExponentialHistogram actual)
    {
        Assert.Equal(
            (expected.Scale, expected.Offset, expected.Count, expected.ZeroCount, expected.Min, expected.Max),
            (actual.Scale, actual.Offset, actual.Count, actual.ZeroCount, actual.Min, actual.Max)
        );
        Assert.Equal(expected.Buckets.ToArray(), actual.Buckets.ToArray());

        // The order of an addition of doubles matters to its last digits.
        Assert.InRange(Math.Abs(expected.Sum - actual.Sum), 0, expected.Sum * Rounding);
    }
}
