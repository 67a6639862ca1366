namespace Kilometers.Plugin.Sdk.Tests.Redaction;

/// <summary>Asserts that work takes time in proportion to its input, whatever else the machine does: quadratic work never passes, linear work passes soon.</summary>
internal static class LinearTime
{
    private const int Length = 60_000;
    private const int Times = 8;
    private const int Attempts = 12;

    /// <param name="prepare">Makes the work on an input of a length.</param>
    public static void Assert(Func<int, Action> prepare)
    {
        var small = prepare(Length);
        var large = prepare(Length * Times);
        small();
        var ratio = double.MaxValue;
        // Linear: 8. Quadratic: 64. A machine that is busy during the large one is tried again.
        for (var attempt = 0; attempt < Attempts && ratio > Times * 3; attempt++)
            ratio = Math.Min(ratio, Take(large) / Take(small));
        Xunit.Assert.InRange(ratio, 0, Times * 3);
    }

    private static double Take(Action work)
    {
        var started = TimeProvider.System.GetTimestamp();
        work();
        return TimeProvider.System.GetElapsedTime(started).Ticks + 1;
    }
}
