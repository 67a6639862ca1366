using System.Collections.Concurrent;
using System.Diagnostics;

namespace Kilometers.GoPlugin.Client.Tests;

/// <summary>A private run directory, options for a plugin in it, and everything that the plugin made known.</summary>
internal sealed class PluginBench : IDisposable
{
    public string RunDirectory { get; } = Directory.CreateTempSubdirectory("km-t-").FullName;

    public ConcurrentQueue<PluginLogEntry> Log { get; } = [];

    public ConcurrentQueue<int> Started { get; } = [];

    public ConcurrentQueue<int> Ended { get; } = [];

    public MemoryStream Output { get; } = new();

    public Dictionary<string, string> Environment { get; } = new() { ["PATH"] = "/usr/bin:/bin", ["PLUGIN_CLIENT_CERT"] = "inherited" };

    public string RecordPath => Path.Combine(RunDirectory, "record");

    public GoPluginClientOptions Options(string file, params string[] arguments) =>
        new()
        {
            FileName = file,
            Arguments = arguments,
            MagicCookieKey = "KILOMETERS_PLUGIN",
            MagicCookieValue = "kilometers_monitoring_plugin",
            ProtocolVersions = [1, 2],
            RunDirectory = RunDirectory,
            Environment = Environment,
            StartTimeout = TimeSpan.FromMinutes(3),
            Log = Log.Enqueue,
            Output = (_, data) =>
            {
                lock (Output)
                    Output.Write(data.Span);
            },
            ProcessStarted = Started.Enqueue,
            ProcessEnded = Ended.Enqueue,
        };

    /// <summary>Options for a plugin that is a shell script; the test listens in its place, so any place will do.</summary>
    public GoPluginClientOptions Script(string script) =>
        Options("/bin/sh", "-c", script) with
        {
            Addresses = PluginAddresses.AnyOfThisMachine,
        };

    /// <summary>
    /// Whether a process still runs 5 s from now at the latest. A killed process that is not our child ends a moment after the signal
    /// and is reaped by somebody else: until then it is a zombie, which is not running.
    /// </summary>
    public static async Task<bool> StillRunsAsync(int processId)
    {
        for (var begin = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begin) < TimeSpan.FromMinutes(1); )
        {
            try
            {
                var status = await File.ReadAllTextAsync($"/proc/{processId}/stat");
                if (status[status.LastIndexOf(')') + 2] == 'Z')
                    return false;
            }
            catch (IOException)
            {
                return false;
            }

            await Task.Delay(10);
        }

        return true;
    }

    public void Dispose() => Directory.Delete(RunDirectory, recursive: true);
}
