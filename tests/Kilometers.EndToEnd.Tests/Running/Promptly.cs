namespace Kilometers.EndToEnd.Tests.Running;

/// <summary>
/// Promises about time. A busy machine may break one now and then; a product that does not keep it breaks it every time. How busy the machine
/// is shows in the time that km takes to say its version, just before and after the attempt.
/// </summary>
internal static class Promptly
{
    private const int Attempts = 5;

    /// <summary>What a busy machine may add, in starts of km: generous, and far below what waiting for something that never comes costs.</summary>
    private const int Starts = 8;

    /// <summary>Runs the attempt until it takes no longer than the limit once.</summary>
    /// <param name="limit">The promise.</param>
    /// <param name="attempt">Gives the time that was taken.</param>
    public static async Task WithinAsync(TimeSpan limit, Func<Task<TimeSpan>> attempt)
    {
        var taken = new List<string>();
        while (taken.Count < Attempts)
        {
            var before = await StartAsync();
            var time = await attempt();
            var allowed = limit + (Starts * (before + await StartAsync()) / 2);
            if (time <= allowed)
                return;
            taken.Add($"{time} of {allowed}");
        }

        Assert.Fail($"not within {limit} in any attempt: {string.Join(", ", taken)}");
    }

    private static async Task<TimeSpan> StartAsync()
    {
        var start = TimeProvider.System.GetTimestamp();
        await Commands.RunAsync(Programs.Km, "version");
        return TimeProvider.System.GetElapsedTime(start);
    }
}
