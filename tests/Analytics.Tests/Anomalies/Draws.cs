namespace Kilometers.Plugins.Analytics.Tests.Anomalies;

/// <summary>Draws that are the same in each run.</summary>
internal static class Draws
{
    public static double Normal(this Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    public static double Exponential(this Random random) => -Math.Log(1 - random.NextDouble());
}
