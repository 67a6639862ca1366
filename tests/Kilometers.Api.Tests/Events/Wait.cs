using System.Diagnostics;

namespace Kilometers.Api.Tests.Events;

internal static class Wait
{
    /// <summary>Looks until a condition holds.</summary>
    public static Task UntilAsync(Func<bool> condition, Func<string> state) => UntilAsync(() => Task.FromResult(condition()), state);

    /// <summary>Asks until a condition holds.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, Func<string> state)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > TimeSpan.FromMinutes(5))
                Assert.Fail(state());
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
