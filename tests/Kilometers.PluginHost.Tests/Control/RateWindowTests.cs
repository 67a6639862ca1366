using Kilometers.PluginHost.Control;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.PluginHost.Tests.Control;

public sealed class RateWindowTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Rate_FirstLooks_IsNotKnown()
    {
        var window = new RateWindow(TimeSpan.FromSeconds(10), _time);
        Assert.Null(window.Rate(5));
        window.Keep(5);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Null(window.Rate(6));
    }

    [Fact]
    public void Rate_LaterLooks_IsPerSecondOverTheWindow()
    {
        var window = new RateWindow(TimeSpan.FromSeconds(10), _time);
        window.Keep(0);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(50, window.Rate(100));

        // What was long ago is forgotten: 1,000 in the last 10 s.
        for (var second = 0; second < 30; second++)
        {
            window.Keep(100 + (second * 100));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(window.Rate(3100)!.Value, 99.9, 100.1);
    }

    [Fact]
    public void Rate_TotalThatFell_BeginsAnew()
    {
        var window = new RateWindow(TimeSpan.FromSeconds(10), _time);
        window.Keep(1000);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(window.Rate(10));
        window.Keep(10);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(5, window.Rate(15));
    }
}
