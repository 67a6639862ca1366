using Kilometers.Contracts;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Lifecycle;
using Kilometers.PluginHost.Policies;

namespace Kilometers.PluginHost.Tests.Lifecycle;

public sealed class PluginWatchTests : IDisposable
{
    private static readonly PluginHostingOptions Options = new()
    {
        HostVersion = "1.0.0",
        ServerLabel = "test",
        QueueSize = 1 << 20,
        Policy = PluginPolicy.None,
    };
    private readonly SteppedTime _time = new();
    private readonly CancellationTokenSource _end = new();
    private readonly PluginQueue _queue = new(1 << 20);
    private bool _answers = true;
    private int _asked;

    public void Dispose() => _end.Dispose();

    [Fact]
    public async Task WatchAsync_NothingToAcknowledge_SetsNoTimer()
    {
        var watching = Watch();
        Assert.False(_time.HasTimer);
        Send(1);
        Assert.Equal(Options.HealthInterval, await _time.TimerAsync());
        Assert.Equal(0, _asked);
        await EndsAsync(watching);
    }

    [Fact]
    public async Task WatchAsync_NeitherAcknowledgedNorAnswered_IsFrozenAfterTwoChecks()
    {
        _answers = false;
        Send(1);
        var watching = Watch();

        // The first look is where the silence begins.
        await _time.PassAsync(Options.HealthInterval);
        await _time.PassAsync(Options.HealthInterval);
        await _time.PassAsync(Options.HealthTimeout);
        Assert.False(watching.IsCompleted);
        await _time.PassAsync(Options.HealthTimeout);
        var error = await watching;
        Assert.Equal(ErrorCode.PluginFrozen, error.Code);
        Assert.Contains("for 10 s", error.Summary, StringComparison.Ordinal);
        Assert.Equal(2, _asked);
    }

    [Fact]
    public async Task WatchAsync_SecondCheckIsAnswered_IsNotFrozen()
    {
        _answers = false;
        Send(1);
        var watching = Watch();
        await _time.PassAsync(Options.HealthInterval);
        await _time.PassAsync(Options.HealthInterval);
        Assert.Equal(Options.HealthTimeout, await _time.TimerAsync());
        _answers = true;
        _time.Advance(Options.HealthTimeout);

        // The second check's own limit; then the next look.
        Assert.Equal(Options.HealthTimeout, await _time.TimerAsync());
        Assert.Equal(Options.HealthInterval, await _time.TimerAsync());
        await EndsAsync(watching);
    }

    [Fact]
    public async Task WatchAsync_AcknowledgedDuringTheLastCheck_IsNotFrozen()
    {
        _answers = false;
        Send(1, 2);
        var watching = Watch();
        await _time.PassAsync(Options.HealthInterval);
        await _time.PassAsync(Options.HealthInterval);
        await _time.PassAsync(Options.HealthTimeout);
        Assert.Equal(Options.HealthTimeout, await _time.TimerAsync());
        _queue.Acknowledge(1);
        _time.Advance(Options.HealthTimeout);
        Assert.Equal(Options.HealthInterval, await _time.TimerAsync());
        await EndsAsync(watching);
    }

    [Fact]
    public async Task WatchAsync_AnswersButAcknowledgesNothing_HasUntilTheLimit()
    {
        Send(1);
        var watching = Watch();
        await _time.PassAsync(Options.HealthInterval);
        var looks = (int)(Options.AcknowledgeTimeout / Options.HealthInterval);
        for (var i = 1; i < looks; i++)
        {
            await _time.PassAsync(Options.HealthInterval);
            Assert.Equal(Options.HealthTimeout, await _time.TimerAsync());
            Assert.False(watching.IsCompleted);
        }

        await _time.PassAsync(Options.HealthInterval);
        var error = await watching;
        Assert.Equal(ErrorCode.PluginNotAnswering, error.Code);
        Assert.Contains("for 60 s", error.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WatchAsync_SlowButGettingOn_IsLeftAlone()
    {
        _answers = false;
        Send([.. Enumerable.Range(1, 100).Select(i => (ulong)i)]);
        var watching = Watch();
        for (var i = 1UL; i <= 99; i++)
        {
            await _time.PassAsync(Options.HealthInterval);
            _queue.Acknowledge(i);
        }

        Assert.Equal(Options.HealthInterval, await _time.TimerAsync());
        await EndsAsync(watching);
    }

    private void Send(params ulong[] sequences)
    {
        foreach (var sequence in sequences)
            _queue.Add(Items.Message(sequence));
        _queue.Take([], int.MaxValue, long.MaxValue);
    }

    private Task<KmError> Watch() => new PluginWatch("test", _queue, AnswerAsync, Options, _time).WatchAsync(_end.Token);

    private Task AnswerAsync(CancellationToken cancellationToken)
    {
        _asked++;
        return _answers ? Task.CompletedTask : Task.Delay(Timeout.Infinite, cancellationToken);
    }

    private async Task EndsAsync(Task watching)
    {
        await _end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
    }
}
