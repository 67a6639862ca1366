using Kilometers.Analytics;
using Kilometers.Plugins.Analytics.Anomalies;

namespace Kilometers.Plugins.Analytics.Tests.Anomalies;

public sealed class BudgetTests
{
    [Fact]
    public void Take_HoweverOften_GivesWhatTimeBroughtIn()
    {
        var random = new Random(1);
        var budget = new Budget(10);
        var (hours, taken) = (0.0, 0.0);
        foreach (var _ in Enumerable.Range(0, 10_000))
        {
            var gap = TimeSpan.FromSeconds(random.NextDouble() * 300);
            hours += gap.TotalHours;
            budget.Pass(gap);
            foreach (var kind in Enum.GetValues<AnomalyKind>())
                if (random.Next(3) == 0)
                    taken += budget.Take(kind);
        }

        taken += Enum.GetValues<AnomalyKind>().Sum(budget.Take);
        Assert.Equal(hours * 10 / 1000, taken, 1e-9);
    }

    [Fact]
    public void Shares_AreAllOfIt() => Assert.Equal(1, Enum.GetValues<AnomalyKind>().Sum(Budget.Share), 1e-12);

    [Fact]
    public void Pass_ALongPause_CountsFiveMinutesOfIt()
    {
        var budget = new Budget(1000);
        budget.Pass(TimeSpan.FromDays(3));
        budget.Pass(TimeSpan.FromHours(-1)); // The clock was set.
        Assert.Equal(Budget.Share(AnomalyKind.Slower) * 5 / 60, budget.Take(AnomalyKind.Slower), 1e-12);
    }

    [Fact]
    public void Hours_OfAChanceAsLargeAsTheBudget_AreThoseOfTheBudgetsKind()
    {
        var budget = new Budget(10);
        budget.Pass(TimeSpan.FromMinutes(1));
        var spent = budget.Take(AnomalyKind.SlowCall);

        // Ten in 1,000 hours, and a tenth of them is of this kind.
        Assert.Equal(1000, budget.Hours(spent, spent, AnomalyKind.SlowCall), 1e-6);
        Assert.Equal(5000, budget.Hours(spent / 5, spent, AnomalyKind.SlowCall), 1e-6);
    }
}
