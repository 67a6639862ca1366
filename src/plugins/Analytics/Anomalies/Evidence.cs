namespace Kilometers.Plugins.Analytics.Anomalies;

/// <summary>
/// Evidence that a stream has changed for good: the Shiryaev-Roberts procedure with e-values (Shin, Ramdas and Rinaldo, "E-detectors", 2024). Each
/// chance becomes a bet that wins if it is small. What was bet within some hours counts by its mean, not by its product: calls of one
/// session, on one afternoon, are slow together, and may depend on each other in any way. Products are of different periods only.
/// Without a change, evidence reaches 1 at most as often as the budget that was put in has it.
/// </summary>
internal sealed class Evidence
{
    private const long TicksPerPeriod = 2 * TimeSpan.TicksPerHour;

    private double _before;
    private double _fresh;
    private double _sum;
    private int _count;
    private long _period;

    /// <summary>1: enough for an alarm.</summary>
    public double Value => (_before * (_count > 0 ? _sum / _count : 1)) + _fresh;

    /// <summary>Adds a test.</summary>
    /// <param name="time">When.</param>
    /// <param name="chance">How likely what was seen is without a change.</param>
    /// <param name="budget">What the test may cost.</param>
    public void Add(DateTimeOffset time, double chance, double budget)
    {
        var period = time.UtcTicks / TicksPerPeriod;
        if (period != _period)
        {
            (_before, _fresh, _sum, _count) = (Value, 0, 0, 0);
            _period = period;
        }

        var bet = Bet(chance);
        _sum += bet;
        _count++;
        _fresh += budget * bet;
    }

    public void Clear() => (_before, _fresh, _sum, _count) = (0, 0, 0, 0);

    /// <summary>What a bet of 1 pays: all bets on powers of the chance, mixed. Its mean is 1 if the chance is true (Vovk and Wang, 2021).</summary>
    public static double Bet(double chance)
    {
        chance = Math.Clamp(chance, 1e-12, 1);
        var log = Math.Log(chance);

        // Near 1 the quotient loses its digits; it tends to 1/2.
        return chance > 0.999 ? 0.5 : (1 - chance + (chance * log)) / (chance * log * log);
    }

    public void Write(BinaryWriter writer) => writer.Write(Value);

    /// <exception cref="InvalidDataException">There is something that no evidence writes.</exception>
    public void Read(BinaryReader reader)
    {
        Clear();
        _before = Stored.Count(reader.ReadDouble(), 1);
    }
}
