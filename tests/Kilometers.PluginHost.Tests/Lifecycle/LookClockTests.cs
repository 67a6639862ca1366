using Kilometers.PluginHost.Lifecycle;

namespace Kilometers.PluginHost.Tests.Lifecycle;

public sealed class LookClockTests
{
    private static readonly LookClock Clock = LookClock.Shared;

    [Fact]
    public async Task CreateTimer_Several_AreCalledOnOneThread()
    {
        var threads = await Task.WhenAll(Enumerable.Range(1, 20).Select(CallAsync)).WaitAsync(TestContext.Current.CancellationToken);
        Assert.Single(threads.Distinct());

        static async Task<int> CallAsync(int delay)
        {
            var thread = new TaskCompletionSource<int>();
            await using var timer = Clock.CreateTimer(
                _ => thread.TrySetResult(Environment.CurrentManagedThreadId),
                null,
                TimeSpan.FromMilliseconds(delay),
                Timeout.InfiniteTimeSpan
            );
            return await thread.Task;
        }
    }

    [Fact]
    public async Task Delay_BehindALongerOne_Ends()
    {
        using var end = new CancellationTokenSource();
        var longer = Task.Delay(TimeSpan.FromDays(20), Clock, end.Token);
        await Task.Delay(TimeSpan.FromMilliseconds(1), Clock, TestContext.Current.CancellationToken);
        Assert.False(longer.IsCompleted);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => longer);
    }

    [Fact]
    public async Task Delay_Cancelled_Ends()
    {
        using var end = new CancellationTokenSource();
        var delay = Task.Delay(TimeSpan.FromDays(20), Clock, end.Token);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => delay);
    }

    [Fact]
    public void CreateTimer_WithAPeriod_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            Clock.CreateTimer(static _ => { }, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1))
        );
}
