using Kilometers.PluginHost;
using Kilometers.Processes.Unix;

namespace Kilometers.Cli.Serving;

/// <summary>
/// Tells, at a session's end, whether its plugins are still at it. One that is stopped, or sleeps without a word, is not waited for; one that
/// works, or wants to on a busy machine, is.
/// </summary>
/// <param name="host">The session's plugins.</param>
/// <param name="time">The clock.</param>
internal sealed class EndWatch(PluginHosting host, TimeProvider time)
{
    /// <summary>How long nothing may move.</summary>
    private static readonly TimeSpan MaxStill = TimeSpan.FromMilliseconds(30);

    /// <summary>How often it must have been seen that nothing moves: on a busy machine this process, too, gets its turn late.</summary>
    private const int MinLooks = 4;

    private long _since = time.GetTimestamp();
    private long _delivered = -1;
    private long _worked = -1;
    private int _still;

    /// <summary>Whether something has moved a short while ago. Ask every few milliseconds.</summary>
    public bool IsMoving()
    {
        var (delivered, worked, isRunning) = (host.Delivered, 0L, host.IsLoading || host.Audit.IsWriting);
        foreach (var process in host.OwnProcesses)
        {
            var work = ProcessTable.WorkOf(process);
            worked += work.RunTime;
            isRunning |= work.IsRunning;
        }

        if (isRunning || delivered != _delivered || worked != _worked)
            (_since, _still) = (time.GetTimestamp(), 0);
        else
            _still++;
        (_delivered, _worked) = (delivered, worked);
        return _still < MinLooks || time.GetElapsedTime(_since) < MaxStill;
    }
}
