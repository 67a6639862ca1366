using System.Diagnostics;
using System.Globalization;
using Kilometers.Audit;
using Kilometers.Contracts;
using Kilometers.GoPlugin.Client;
using Kilometers.Monitoring.Correlation;
using Kilometers.Monitoring.JsonRpc;
using Kilometers.Monitoring.Observation;
using Kilometers.PluginHost;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Launch;
using Kilometers.PluginHost.Lifecycle;
using Kilometers.PluginHost.Sharing;

namespace Kilometers.HostBench;

/// <summary>
/// One plugin, killed again and again, each time after it was sent a message: how long until it is Active again, and what of the dead is
/// left in this process and on the disk.
/// </summary>
internal sealed class RestartBench : IPluginPresenter
{
    private static readonly PluginHostingOptions Options = Quiet.Options with
    {
        // As delivered, but without an end: each failure counts as the first.
        Restart = new RestartOptions { MaxFailures = int.MaxValue, StableAfter = TimeSpan.Zero },
    };

    public static async Task<string> RunAsync(string path, int times)
    {
        var runtime = Directory.CreateTempSubdirectory("km-rb-").FullName;
        Environment.SetEnvironmentVariable("XDG_RUNTIME_DIR", runtime);
        try
        {
            using var processes = new ProcessPool(null);
            var active = new SemaphoreSlim(0);
            var since = 0L;
            var audit = new PluginAudit(new AuditLog(Path.Combine(runtime, "audit"), TimeProvider.System), "bench", _ => { });
            await using var plugin = new PluginInstance(
                new DevelopmentSource(Path.GetFullPath(path)),
                new RestartBench(),
                audit,
                Options,
                TimeProvider.System
            )
            {
                BecameActive = (_, _) =>
                {
                    since = Stopwatch.GetTimestamp();
                    active.Release();
                },
            };
            await plugin.LoadAsync(new PluginStart(processes, Quiet.Facts, EntitlementView.SignedOut));
            await active.WaitAsync();

            var warmUp = Math.Max(10, times / 10);
            var recovery = new List<double>();
            var before = default(Traces);
            for (var i = 1; i <= warmUp + times; i++)
            {
                plugin.Queue.Add(Message((ulong)i));
                var killed = Stopwatch.GetTimestamp();
                using (var process = Process.GetProcessById(plugin.Snapshot.ProcessId!.Value))
                    process.Kill();
                if (!await active.WaitAsync(TimeSpan.FromSeconds(60)))
                    throw new TimeoutException($"restart {i}: {plugin.State} {plugin.Error}");
                if (i > warmUp)
                    recovery.Add(Stopwatch.GetElapsedTime(killed, since).TotalMilliseconds);
                while (!plugin.Queue.IsEmpty)
                    await Task.Delay(1);
                if (i == warmUp)
                    before = Traces.Take(runtime);
            }

            var after = Traces.Take(runtime);
            var delivered = plugin.Queue.Delivered;
            await plugin.FinishAsync(CancellationToken.None, CancellationToken.None);
            await audit.CompleteAsync();
            if (delivered != warmUp + times)
                throw new InvalidOperationException($"delivered {delivered} of {warmUp + times}");
            recovery.Sort();
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"bench\":\"restarts\",\"restarts\":{times},\"recovery_p50_ms\":{recovery[times / 2]:0.0},\"recovery_p99_ms\":{recovery[times * 99 / 100]:0.0},\"recovery_max_ms\":{recovery[^1]:0.0},{before.Json("before")},{after.Json("after")}}}"
            );
        }
        finally
        {
            Directory.Delete(runtime, recursive: true);
        }
    }

    public void Loaded(IReadOnlyList<LoadedPlugin> plugins) { }

    public void Restarted(LoadedPlugin plugin, int restarts) { }

    public void Warn(KmError error) { }

    public void Log(string plugin, PluginLogEntry entry) { }

    public void Output(string plugin, ReadOnlySpan<byte> bytes) { }

    private static ObservedMessage Message(ulong sequence) =>
        new()
        {
            Sequence = sequence,
            SessionTime = TimeSpan.Zero,
            Direction = Direction.Inbound,
            Envelope = new JsonRpcEnvelope { Kind = JsonRpcKind.Notification, Method = "notifications/bench" },
            Payload = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/bench\"}"u8.ToArray(),
            Size = 48,
            Exchange = new Exchange { Number = sequence },
        };

    /// <summary>What a process holds, by the kernel's count.</summary>
    private readonly record struct Traces(
        int Descriptors,
        int Sockets,
        int Threads,
        int Children,
        int Files,
        long ResidentKb,
        long ManagedKb
    )
    {
        public static Traces Take(string runtime)
        {
            // Handles that nobody holds any more are closed by their finalizers: those do not count.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            var memory = GC.GetGCMemoryInfo(GCKind.FullBlocking);
            // The runtime opens an assembly, and what belongs to it, when it is first needed, and keeps it open: that is no trace of a restart.
            var descriptors = Directory
                .GetFileSystemEntries("/proc/self/fd")
                .Select(entry => new FileInfo(entry).LinkTarget)
                .Where(target => Path.GetExtension(target) is not (".dll" or ".pdb"))
                .ToList();
            return new Traces(
                descriptors.Count,
                descriptors.Count(target => target?.StartsWith("socket:", StringComparison.Ordinal) == true),
                Directory.GetDirectories("/proc/self/task").Length,
                CountChildren(),
                Directory
                    .GetFileSystemEntries(runtime, "km-*", SearchOption.TopDirectoryOnly)
                    .Sum(folder => Directory.GetFileSystemEntries(folder, "*", SearchOption.AllDirectories).Length),
                Environment.WorkingSet / 1024,
                (memory.HeapSizeBytes - memory.FragmentedBytes) / 1024
            );
        }

        public string Json(string when) =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"\"descriptors_{when}\":{Descriptors},\"sockets_{when}\":{Sockets},\"threads_{when}\":{Threads},\"children_{when}\":{Children},\"files_{when}\":{Files},\"resident_kb_{when}\":{ResidentKb},\"managed_kb_{when}\":{ManagedKb}"
            );

        /// <summary>Children of this process, zombies included.</summary>
        private static int CountChildren()
        {
            var children = 0;
            foreach (var task in Directory.GetDirectories("/proc/self/task"))
            {
                try
                {
                    children += File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
                }
                catch (IOException)
                {
                    // The thread has ended just now.
                }
            }

            return children;
        }
    }
}
