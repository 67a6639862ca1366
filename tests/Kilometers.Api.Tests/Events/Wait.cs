using System.Diagnostics;

namespace Kilometers.Api.Tests.Events;

internal static class Wait
{
    /// <summary>Looks until a condition holds.</summary>
    public static async Task UntilAsync(Func<bool> condition, Func<string> state)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > TimeSpan.FromSeconds(60)) Assert.Fail(state());
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
