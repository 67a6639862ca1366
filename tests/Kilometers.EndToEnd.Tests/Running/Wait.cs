using System.Diagnostics;

namespace Kilometers.EndToEnd.Tests.Running;

/// <summary>Waiting for a condition, never for a time.</summary>
internal static class Wait
{
    /// <summary>When to give up: far more than anything here takes, also on a busy machine.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public static Task ForAsync(Func<bool> condition, string what) => ForAsync(condition, () => what);

    /// <summary>The same for a condition that takes its time, or brings itself about.</summary>
    public static async Task ForAsync(Func<Task<bool>> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
            if (watch.Elapsed > Limit)
                throw new TimeoutException($"waited {Limit.TotalSeconds} s for: {what}");
    }

    /// <param name="condition">What is waited for.</param>
    /// <param name="what">The same in words, with what is there instead.</param>
    public static async Task ForAsync(Func<bool> condition, Func<string> what)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > Limit)
                throw new TimeoutException($"waited {Limit.TotalSeconds} s for: {what()}");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
