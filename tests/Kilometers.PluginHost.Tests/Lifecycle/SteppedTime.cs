using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.PluginHost.Tests.Lifecycle;

/// <summary>A clock that tells of each timer that is set, so that a test moves it exactly when somebody waits.</summary>
internal sealed class SteppedTime : FakeTimeProvider
{
    private readonly Channel<TimeSpan> _timers = Channel.CreateUnbounded<TimeSpan>();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _timers.Writer.TryWrite(dueTime);
        return timer;
    }

    /// <summary>Whether a timer was set that nobody has waited for.</summary>
    public bool HasTimer => _timers.Reader.Count > 0;

    /// <summary>Waits for the next timer that is set.</summary>
    /// <returns>When it is due, from then on.</returns>
    public async Task<TimeSpan> TimerAsync() =>
        await _timers
            .Reader.ReadAsync(TestContext.Current.CancellationToken)
            .AsTask()
            .WaitAsync(TimeSpan.FromMinutes(3), TestContext.Current.CancellationToken);

    /// <summary>Waits until somebody waits for so long, and lets the time pass.</summary>
    public async Task PassAsync(TimeSpan expected)
    {
        Assert.Equal(expected, await TimerAsync());
        Advance(expected);
    }
}
