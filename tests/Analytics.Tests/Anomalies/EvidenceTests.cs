using Kilometers.Plugins.Analytics.Anomalies;

namespace Kilometers.Plugins.Analytics.Tests.Anomalies;

public sealed class EvidenceTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Bet_OverAllChances_WinsNothing()
    {
        // The integral of a falling function: each step is as wide as what it stands for, and as high as at its lower end would be too high.
        var sum = 0.0;
        var upper = 1.0;
        while (upper > 1e-12)
        {
            var lower = upper * 0.999;
            sum += (upper - lower) * Evidence.Bet(upper);
            upper = lower;
        }

        Assert.InRange(sum, 0.94, 1.0);
    }

    [Fact]
    public void Bet_SmallerChances_PayMore()
    {
        var bets = Enumerable.Range(0, 1000).Select(step => Evidence.Bet(Math.Pow(10, -step / 100.0))).ToList();
        Assert.Equal(bets.Order(), bets);
        Assert.Equal(0.5, bets[0]);
    }

    /// <summary>True chances, of independent spells and of such that are all the same for a whole session: the budget is kept.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(1000)]
    public void Value_WithoutAChange_RaisesAtMostAsManyAlarmsAsTheBudgetHas(int together)
    {
        const double Budget = 0.001;
        var random = new Random(together);
        var (alarms, spent) = (0, 0.0);
        for (var stream = 0; stream < 40; stream++)
        {
            var evidence = new Evidence();
            var chance = 1.0;
            for (var spell = 0; spell < 5000; spell++)
            {
                if (spell % together == 0)
                    chance = 1 - random.NextDouble();

                // Spells that depend on each other are of one afternoon.
                evidence.Add(Start.AddHours(spell / together * 2), chance, Budget);
                spent += Budget;
                if (evidence.Value < 1)
                    continue;
                alarms++;
                evidence.Clear();
            }
        }

        Assert.InRange(alarms, 0, spent);
    }

    [Fact]
    public void Value_OfAChange_GrowsFromSessionToSession()
    {
        var evidence = new Evidence();
        var spells = 0;
        for (; evidence.Value < 1 && spells < 1000; spells++)
            evidence.Add(Start.AddHours(spells), 0.002, 0.0001);
        Assert.InRange(spells, 4, 12);
    }

    [Fact]
    public void Write_ThenRead_IsTheSame()
    {
        var evidence = new Evidence();
        evidence.Add(Start, 0.001, 0.001);
        var stream = new MemoryStream();
        evidence.Write(new BinaryWriter(stream));
        stream.Position = 0;
        var read = new Evidence();
        read.Read(new BinaryReader(stream));
        Assert.Equal(evidence.Value, read.Value);
    }
}
