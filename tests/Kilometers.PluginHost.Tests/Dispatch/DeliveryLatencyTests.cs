using Kilometers.PluginHost.Dispatch;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.PluginHost.Tests.Dispatch;

public sealed class DeliveryLatencyTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Quantile_NothingAcknowledged_IsUnknown()
    {
        var latency = new DeliveryLatency(_time);
        latency.Sent(1);
        Assert.Null(latency.Quantile(0.5));
    }

    [Fact]
    public void Acknowledged_SeveralBatchesAtOnce_MeasuresEach()
    {
        var latency = new DeliveryLatency(_time);
        for (var batch = 1UL; batch <= 100; batch++)
        {
            latency.Sent(batch);
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        latency.Acknowledged(99);
        Assert.InRange(latency.Quantile(0.5)!.Value, 45, 55);
        Assert.InRange(latency.Quantile(1)!.Value, 92, 100);
    }

    [Fact]
    public void Forget_UnderWay_IsNotMeasured()
    {
        var latency = new DeliveryLatency(_time);
        latency.Sent(1);
        latency.Forget();
        latency.Acknowledged(1);
        Assert.Null(latency.Quantile(0.5));
    }

    [Fact]
    public void Sent_NothingIsEverAcknowledged_StaysBounded()
    {
        var latency = new DeliveryLatency(_time);
        for (var batch = 1UL; batch <= 100_000; batch++)
            latency.Sent(batch);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var batch = 100_001UL; batch <= 200_000; batch++)
            latency.Sent(batch);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
