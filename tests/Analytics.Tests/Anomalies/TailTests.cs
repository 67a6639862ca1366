using Kilometers.Plugins.Analytics.Anomalies;

namespace Kilometers.Plugins.Analytics.Tests.Anomalies;

public sealed class TailTests
{
    /// <summary>Of light and heavy tails: how often a value is as large, and what value that is.</summary>
    public static TheoryData<string, int> Distributions =>
        new()
        {
            { "exponential", 1 },
            { "normal", 2 },
            { "cubic", 3 },
            { "square", 4 },
        };

    [Theory]
    [MemberData(nameof(Distributions))]
    public void Chance_OfValuesBeyondWhatWasSeen_IsNotClaimedToBeFarSmallerThanItIs(string distribution, int seed)
    {
        var random = new Random(seed);
        var tail = new Tail();
        for (var count = 0; count < 20_000; count++)
            tail.Add(Inverse(distribution, 1 - random.NextDouble()));
        foreach (var chance in (double[])[1e-2, 1e-3, 1e-4, 1e-5, 2e-6])
        {
            var claimed = tail.Chance(Inverse(distribution, chance));
            Assert.InRange(claimed, chance / 3, chance * 60);
        }
    }

    [Fact]
    public void Chance_LargerValues_AreNeverMoreLikely()
    {
        var random = new Random(5);
        var tail = new Tail();
        for (var count = 0; count < 3000; count++)
            tail.Add(random.Normal());
        var chances = Enumerable.Range(0, 60).Select(step => tail.Chance(step / 6.0)).ToList();
        Assert.Equal(chances.OrderDescending(), chances);
    }

    [Fact]
    public void Chance_OfWhatIsNotLarge_IsOne()
    {
        var tail = new Tail();
        for (var value = 0; value < 5000; value++)
            tail.Add(value);
        Assert.Equal(1, tail.Chance(100));
    }

    [Fact]
    public void Chance_WhateverTheValue_IsNoRarerThanSoMuchDataCanTell()
    {
        var random = new Random(6);
        var tail = new Tail();
        Assert.Equal(1, tail.Chance(1e9));
        for (var count = 1; count <= 2000; count++)
        {
            tail.Add(random.NextDouble());
            Assert.True(tail.Chance(1e30) >= 1 / (30.0 * count));
        }
    }

    [Fact]
    public void Add_EqualValues_AreNotRare()
    {
        var tail = new Tail();
        for (var count = 0; count < 5000; count++)
            tail.Add(3);
        Assert.Equal(1, tail.Chance(3));
        Assert.InRange(tail.Chance(4), 1e-6, 1e-3);
    }

    [Fact]
    public void Add_MoreThanItKeeps_ForgetsHalfAndStillTells()
    {
        var random = new Random(7);
        var tail = new Tail();
        for (var count = 0; count < 200_000; count++)
            tail.Add(random.Exponential());
        Assert.True(tail.Seen < 65_536);
        Assert.InRange(tail.Chance(-Math.Log(1e-3)), 0.5e-3, 3e-3);
        Assert.InRange(tail.Chance(-Math.Log(1e-5)), 0.3e-5, 30e-5);
    }

    [Fact]
    public void Write_ThenRead_IsTheSame()
    {
        var random = new Random(8);
        var tail = new Tail();
        for (var count = 0; count < 4000; count++)
            tail.Add(random.Exponential());
        var stream = new MemoryStream();
        tail.Write(new BinaryWriter(stream));
        Assert.InRange(stream.Length, 1, 4200);
        stream.Position = 0;
        var read = new Tail();
        read.Read(new BinaryReader(stream));
        foreach (var value in (double[])[0, 2, 6, 12])
            Assert.Equal(tail.Chance(value), read.Chance(value));
    }

    /// <summary>The value that is exceeded with a chance.</summary>
    private static double Inverse(string distribution, double chance) =>
        distribution switch
        {
            "exponential" => -Math.Log(chance),
            "cubic" => Math.Pow(chance, -1 / 3.0),
            "square" => Math.Pow(chance, -1 / 2.0),
            _ => Quantile(chance),
        };

    /// <summary>The normal distribution's, by halving: there is none in the library.</summary>
    private static double Quantile(double chance)
    {
        double low = -10,
            high = 10;
        while (high - low > 1e-9)
        {
            var middle = (low + high) / 2;
            (low, high) = Above(middle) > chance ? (middle, high) : (low, middle);
        }

        return low;
    }

    /// <summary>The chance of a larger normal value (Abramowitz and Stegun, 26.2.17 with its mirror image).</summary>
    private static double Above(double value)
    {
        if (value < 0)
            return 1 - Above(-value);
        var t = 1 / (1 + (0.2316419 * value));
        var sum = t * (0.319381530 + (t * (-0.356563782 + (t * (1.781477937 + (t * (-1.821255978 + (t * 1.330274429))))))));
        return Math.Exp(-value * value / 2) / Math.Sqrt(2 * Math.PI) * sum;
    }
}
