using System.Globalization;
using Kilometers.Contracts;
using Kilometers.PluginHost.Control;
using Kilometers.PluginHost.Launch;

namespace Kilometers.PluginHost.Lifecycle;

/// <summary>
/// Looks at what a plugin's process uses, every few seconds, and says when it is more than it may. The limits of the process itself
/// (<see cref="PluginLimits.DataBytes"/>) are wider, but hold at once.
/// </summary>
/// <param name="label">The plugin's name.</param>
/// <param name="limits">What it may use.</param>
/// <param name="folders">What is in them counts as its state.</param>
/// <param name="use">What it uses now; null once it is gone, or where the system does not say.</param>
/// <param name="time">The clock.</param>
internal sealed class ResourceSampler(string label, PluginLimits limits, IReadOnlyList<string> folders, Func<ResourceUse?> use, TimeProvider time)
{
    /// <summary>How often it looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    /// <summary>How long it must be over its processor limit: a flood of messages may take all there is for a while.</summary>
    public const int SustainedLooks = 10;

    /// <summary>The least that a file or folder takes: a disk can be filled with empty ones, too.</summary>
    private const long EntryBytes = 4096;

    private double? _seconds;
    private long _at;
    private int _busy;

    /// <summary>Watches until it is over a limit.</summary>
    /// <returns>Which, and by how much.</returns>
    /// <exception cref="OperationCanceledException">The watch was ended.</exception>
    public async Task<KmError> WatchAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(false);
            if (Look() is { } breach) return breach;
        }
    }

    internal KmError? Look()
    {
        if (use() is not { } now) return null;
        if (now.MemoryBytes > limits.MemoryBytes) return Breach(ErrorCode.MemoryLimit, "more memory than it may", Size(now.MemoryBytes.Value), Size(limits.MemoryBytes));
        if (now.OpenFiles > limits.OpenFiles) return Breach(ErrorCode.OpenFilesLimit, "more open files than it may", Text(now.OpenFiles.Value), Text(limits.OpenFiles));
        if (now.Threads > limits.Threads) return Breach(ErrorCode.ThreadLimit, "more threads than it may", Text(now.Threads.Value), Text(limits.Threads));
        if (CpuPercent(now) is { } percent && percent > limits.CpuPercent)
        {
            if (++_busy >= SustainedLooks) return Breach(ErrorCode.ProcessorLimit, "more processor time than it may, for half a minute", Text((long)percent) + " %", Text(limits.CpuPercent) + " %");
        }
        else
        {
            _busy = 0;
        }

        return StateBytes() is var bytes && bytes > limits.StateBytes ? Breach(ErrorCode.StateLimit, "more of the disk than it may", Size(bytes), Size(limits.StateBytes)) : null;
    }

    private double? CpuPercent(ResourceUse now)
    {
        var (seconds, at) = (_seconds, _at);
        (_seconds, _at) = (now.CpuSeconds, time.GetTimestamp());
        return now.CpuSeconds - seconds is { } used && time.GetElapsedTime(at, _at) is { Ticks: > 0 } elapsed ? 100 * used / elapsed.TotalSeconds : null;
    }

    private long StateBytes()
    {
        // Not what a link points to: that is not the plugin's.
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };
        var bytes = 0L;
        foreach (var folder in folders)
        {
            try
            {
                foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", options)) bytes += entry is FileInfo file ? Math.Max(file.Length, EntryBytes) : EntryBytes;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A file went while it was looked at; the next look sees what is left.
            }
        }

        return bytes;
    }

    private KmError Breach(string code, string what, string used, string limit) =>
        new(code, $"Plugin '{label}' uses {what} and was ended", $"{used}; the limit is {limit}", "A plugin's manifest says what it needs; report this to its author.");

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Size(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20} MiB");
}
