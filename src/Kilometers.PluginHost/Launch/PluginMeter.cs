using Kilometers.Contracts;
using Kilometers.PluginHost.Lifecycle;
using Kilometers.Processes.Isolation;
using Kilometers.Processes.Measuring;

namespace Kilometers.PluginHost.Launch;

/// <summary>Measures one plugin's process from the moment that it exists until it is disposed of.</summary>
internal sealed class PluginMeter : IAsyncDisposable
{
    /// <summary>How long a plugin that may no longer write has to log what failed.</summary>
    private static readonly TimeSpan LastWordsLimit = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _ending = new();
    private readonly CancellationTokenSource _overLimit = new();
    private readonly ResourceSampler _sampler;
    private readonly bool _mayCreateProcesses;
    private readonly IReadOnlyList<string> _folders;
    private readonly TimeProvider _time;
    private int _process;

    /// <param name="label">What to call it.</param>
    /// <param name="limits">What it may use.</param>
    /// <param name="folders">Where it may write.</param>
    /// <param name="mayCreateProcesses">Whether other processes may be its own.</param>
    /// <param name="time">The clock.</param>
    public PluginMeter(Func<string> label, PluginLimits limits, IReadOnlyList<string> folders, bool mayCreateProcesses, TimeProvider time)
    {
        _folders = [.. folders.Select(RealPath)];
        _mayCreateProcesses = mayCreateProcesses;
        _time = time;
        if (time == TimeProvider.System)
            time = LookClock.Shared;
        _sampler = new ResourceSampler(
            label,
            limits,
            folders,
            () => ProcessMeasure.Of(_process, _mayCreateProcesses, _folders),
            time,
            // The clock does not tell of the processes that it may create.
            mayCreateProcesses ? null : () => ProcessClock.Of(_process)
        );
        OverLimit = Task.FromResult<KmError?>(null);
    }

    /// <summary>The limit that it broke; null: none. It may be about to end because of that.</summary>
    public KmError? Breach { get; private set; }

    /// <summary>Completes with the limit that it broke once it is to be ended, or with null once this is disposed of.</summary>
    public Task<KmError?> OverLimit { get; private set; }

    /// <summary>Cancelled when it has broken a limit.</summary>
    public CancellationToken Broken => _overLimit.Token;

    /// <summary>The process exists.</summary>
    public void Begin(int process)
    {
        if (!ProcessMeasure.IsPossible)
            return;
        _process = process;
        OverLimit = Task.Run(MeasureAsync);
    }

    /// <inheritdoc cref="ResourceSampler.Settle"/>
    public void Settle() => _sampler.Settle();

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await OverLimit.ConfigureAwait(false);
        _ending.Dispose();
        _overLimit.Dispose();
    }

    private async Task<KmError?> MeasureAsync()
    {
        try
        {
            Breach = await _sampler.WatchAsync(_ending.Token).ConfigureAwait(false);
            await Task.Yield(); // The thread of the looks is for looks.
            if (Breach.Code == ErrorCode.StateLimit)
                await EndWritingAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (Exception e)
        {
            // What is not measured must not run on as if it were.
            Breach = new KmError(
                ErrorCode.PluginUnmeasured,
                "km cannot measure what a plugin uses, and stopped it",
                e.Message,
                "Please report this."
            );
        }

        await _overLimit.CancelAsync().ConfigureAwait(false);
        return Breach;
    }

    /// <summary>The disk is safe at once, and the plugin's own error still reaches the log before it is ended.</summary>
    private Task EndWritingAsync()
    {
        ResourceLimits.EndWriting(_process);
        return Task.Delay(LastWordsLimit, _time, _ending.Token);
    }

    /// <summary>As the kernel calls it when it lists mappings: without links.</summary>
    private static string RealPath(string path)
    {
        var real = "/";
        foreach (var part in Path.GetFullPath(path).Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(real, part);
            real =
                Directory.Exists(next) && new DirectoryInfo(next).ResolveLinkTarget(returnFinalTarget: true) is { } target
                    ? RealPath(target.FullName)
                    : next;
        }

        return real;
    }
}
