using System.Diagnostics;
using Xunit;

namespace Kilometers.Plugin.Sdk.Tests.Redaction;

/// <summary>How time grows with length. What is compared is the machine with itself: a busy one is busy for both.</summary>
internal static class Linear
{
    private const int Times = 16;
    private const int Attempts = 5;

    /// <summary>Sixteen times the length takes about sixteen times as long, where quadratic time would take 256 times as long.</summary>
    /// <param name="length">The full length.</param>
    /// <param name="run">Does the work for the first so many characters or bytes.</param>
    public static void IsTime(int length, Action<int> run)
    {
        run(length / Times); // compiled by now
        var seen = new List<double>();
        while (seen.Count < Attempts)
        {
            seen.Add(Time(length, run) / Time(length / Times, run));
            if (seen[^1] < 4 * Times) return;
        }

        Assert.Fail($"{Times} times the length takes {string.Join(", ", seen.Select(ratio => $"{ratio:0.0}"))} times as long");
    }

    private static double Time(int length, Action<int> run)
    {
        var start = Stopwatch.GetTimestamp();
        run(length);
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds + 1;
    }
}
