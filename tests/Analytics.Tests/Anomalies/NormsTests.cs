using Kilometers.Analytics;
using Kilometers.Plugins.Analytics.Anomalies;

namespace Kilometers.Plugins.Analytics.Tests.Anomalies;

public sealed class NormsTests
{
    [Fact]
    public void Follows_WhatComesOften_IsExpected()
    {
        var norms = new Norms().Of("files");
        for (var call = 0; call < 200; call++)
            norms.Add(call % 2 == 0 ? "list" : "read", call % 2 == 0 ? "read" : "list");
        Assert.InRange(norms.Follows("list", "read"), 0.95, 1);
        Assert.InRange(norms.Follows("list", "list"), 0, 0.02);
        Assert.InRange(norms.Follows("list", "delete"), 1e-6, 0.01); // Nothing is impossible.
    }

    [Fact]
    public void Proportions_OfManyNames_AreBoundedAndAddUpToAtMostOne()
    {
        var proportions = new Proportions();
        for (var number = 0; number < 20_000; number++)
            proportions.Add($"tool-{number % 500}");
        var stream = new MemoryStream();
        proportions.Write(new BinaryWriter(stream));
        Assert.InRange(stream.Length, 1, 2000);
        Assert.InRange(
            Enumerable.Range(0, 500).Select(number => $"tool-{number}").OrderByDescending(proportions.Of).Take(64).Sum(proportions.Of),
            0,
            1
        );
    }

    [Fact]
    public void TakeChanges_TakenByAnother_AreTheSame()
    {
        var norms = Learned();
        var other = new Norms();
        var states = norms.TakeChanges().ToList();
        Assert.Equal(3, states.Count);
        Assert.Empty(norms.TakeChanges());
        other.Take(states);
        Assert.Equal(norms.Of("files", "read").Latency.Score(9, 0.1), other.Of("files", "read").Latency.Score(9, 0.1));
        Assert.Equal(norms.Of("files", "read").FailedPart, other.Of("files", "read").FailedPart);
        Assert.Equal(norms.Of("files").Follows("read", "list"), other.Of("files").Follows("read", "list"));
        Assert.Equal(norms.Tail(AnomalyKind.Slower).Chance(6), other.Tail(AnomalyKind.Slower).Chance(6));
    }

    [Fact]
    public void Take_WhatIsDamaged_IsPassedOver()
    {
        var random = new Random(1);
        foreach (var state in Learned().TakeChanges())
            for (var round = 0; round < 300; round++)
            {
                var data = state.Data[..random.Next(state.Data.Length + 1)];
                for (var change = random.Next(4); change > 0 && data.Length > 0; change--)
                    data[random.Next(data.Length)] = (byte)random.Next(256);
                var norms = new Norms();
                norms.Take([state with { Data = data }]);

                // What was taken can be used.
                norms.Of("files").Add("read", "list");
                norms.Of("files", "read").Latency.Add(1);
                Assert.True(double.IsFinite(norms.Of("files", "read").Latency.Score(2, 0.1)));
                Assert.InRange(norms.Tail(AnomalyKind.Slower).Chance(1), 0, 1);
            }
    }

    [Fact]
    public void Of_MoreToolsThanAreKept_ForgetsThoseUsedLongestAgo()
    {
        var norms = new Norms();
        norms.Of("files", "old").Count(10, 0);
        for (var number = 0; number < 3000; number++)
        {
            norms.Of("files", $"tool-{number}");
            if (number < 2000)
                norms.Of("files", "used").Count(1, 0);
        }

        Assert.InRange(norms.TakeChanges().Count(), 1, 513);
        Assert.Equal(0, norms.Of("files", "old").Counted);
    }

    private static Norms Learned()
    {
        var random = new Random(2);
        var norms = new Norms();
        for (var call = 0; call < 500; call++)
        {
            norms.Of("files", "read").Latency.Add(random.Normal());
            norms.Of("files", "read").Count(1, call % 10 == 0 ? 1 : 0);
            norms.Of("files").Add("read", call % 3 == 0 ? "list" : "read");
            norms.Tail(AnomalyKind.Slower).Add(random.Normal());
        }

        return norms;
    }
}
