using System.Diagnostics;
using System.Globalization;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Lifecycle;
using Kilometers.PluginHost.Sharing;

namespace Kilometers.HostBench;

/// <summary>Launch to Active, of one plugin or of several at once, in a process whose first use of TLS is over.</summary>
internal static class LaunchBench
{
    public static async Task<string> RunAsync(string path, int plugins, int times)
    {
        var (active, stopped) = (new List<double>(), new List<double>());
        for (var i = 0; i <= times; i++)
        {
            using var processes = new ProcessPool(null);
            var instances = Enumerable.Range(0, plugins).Select(_ => Quiet.Plugin(path)).ToList();
            var watch = Stopwatch.StartNew();
            await Task.WhenAll(
                instances.Select(plugin => plugin.LoadAsync(new PluginStart(processes, Quiet.Facts, EntitlementView.SignedOut)))
            );
            var loaded = watch.Elapsed.TotalMilliseconds;
            watch.Restart();
            await Task.WhenAll(instances.Select(plugin => plugin.FinishAsync(CancellationToken.None, CancellationToken.None)));
            if (i > 0)
            {
                active.Add(loaded);
                stopped.Add(watch.Elapsed.TotalMilliseconds);
            }

            foreach (var plugin in instances)
                await plugin.DisposeAsync();
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"bench\":\"launch\",\"plugins\":{plugins},\"active_p50_ms\":{Median(active):0.0},\"stop_p50_ms\":{Median(stopped):0.0}}}"
        );
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
