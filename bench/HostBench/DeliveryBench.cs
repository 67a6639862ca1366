using System.Diagnostics;
using System.Globalization;
using Kilometers.Monitoring.Correlation;
using Kilometers.Monitoring.JsonRpc;
using Kilometers.Monitoring.Observation;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Lifecycle;
using Kilometers.PluginHost.Sharing;

namespace Kilometers.HostBench;

/// <summary>Messages per second to one plugin, each acknowledged: what the Go pair's unary and client-stream rates are compared with.</summary>
internal static class DeliveryBench
{
    public static async Task<string> RunAsync(string path, int messages)
    {
        using var processes = new ProcessPool(null);
        await using var plugin = Quiet.Plugin(path);
        await plugin.LoadAsync(new PluginStart(processes, Quiet.Facts, EntitlementView.SignedOut));

        var payload = new byte[1024];
        Array.Fill(payload, (byte)'x');
        var envelope = new JsonRpcEnvelope
        {
            Kind = JsonRpcKind.Request,
            Id = "1",
            Method = "tools/call",
            Name = "echo",
        };
        ulong sequence = 0;
        async Task<TimeSpan> SendAsync(int count)
        {
            var watch = Stopwatch.StartNew();
            for (var i = 0; i < count; i++)
            {
                // The bench must not be faster than the plugin for long: a dropped message is no delivered one.
                while (i % 256 == 0 && (long)sequence - plugin.Queue.Delivered > 32_768)
                    await Task.Delay(1);
                plugin.Queue.Add(
                    new ObservedMessage
                    {
                        Sequence = ++sequence,
                        SessionTime = watch.Elapsed,
                        Direction = Direction.Inbound,
                        Envelope = envelope,
                        Payload = payload,
                        Size = payload.Length,
                        Exchange = new Exchange { Number = sequence },
                    }
                );
            }

            while (!plugin.Queue.IsEmpty)
                await Task.Delay(1);
            return watch.Elapsed;
        }

        await SendAsync(messages / 10);
        var time = await SendAsync(messages);
        if (plugin.Queue.Dropped > 0 || plugin.Error is not null)
            throw new InvalidOperationException($"{plugin.Queue.Dropped} dropped; {plugin.Error}");
        await plugin.FinishAsync(CancellationToken.None, CancellationToken.None);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"bench\":\"plugin\",\"messages\":{messages},\"msg_per_s\":{messages / time.TotalSeconds:0},\"host_mb\":{Process.GetCurrentProcess().WorkingSet64 / 1e6:0}}}"
        );
    }
}
