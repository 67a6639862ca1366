namespace Kilometers.Plugins.Analytics.Anomalies;

/// <summary>Checks of what was stored: a file can be damaged, or written by others.</summary>
internal static class Stored
{
    /// <exception cref="InvalidDataException">It is not finite.</exception>
    public static double Finite(double value) => double.IsFinite(value) ? value : throw new InvalidDataException("A value is not finite.");

    /// <exception cref="InvalidDataException">It is not a number from 0 to a limit.</exception>
    public static double Count(double value, double limit) =>
        value >= 0 && value <= limit ? value : throw new InvalidDataException("A count is out of range.");
}
