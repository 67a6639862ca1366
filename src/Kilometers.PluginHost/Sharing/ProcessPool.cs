using Kilometers.Contracts;
using Kilometers.PluginHost.Launch;
using Kilometers.PluginHost.Logs;
using Kilometers.Processes.Guarding;

namespace Kilometers.PluginHost.Sharing;

/// <summary>
/// The plugin processes of this host. Sessions that would start the same program in the same way share one process. The first of them starts
/// it; it ends at once with the last of them, so that what a plugin writes out at its end is done with its last session.
/// </summary>
/// <param name="guardian">Ends processes if we are killed; null if there is none.</param>
/// <param name="log">Keeps what plugins say; null: nobody does.</param>
internal sealed class ProcessPool(Guardian? guardian, PluginLog? log = null) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Lock _directoryGate = new();

    /// <summary>Those that further sessions may join.</summary>
    private readonly Dictionary<string, PluginProcess> _open = new(StringComparer.Ordinal);

    /// <summary>The ends of those that were last.</summary>
    private readonly Dictionary<string, Task> _ends = new(StringComparer.Ordinal);
    private RunDirectory? _directory;

    /// <summary>Finds the process that a session is to use, or begins to start one. Leave it with <see cref="LeaveAsync"/>.</summary>
    public PluginProcess Join(ProcessUser user)
    {
        lock (_gate)
        {
            if (user.Key is not { } key)
                return Begin(user, Task.CompletedTask);
            var last = _open.GetValueOrDefault(key);
            if (last is { IsOpen: true })
            {
                last.Users.Add(user);
                return last;
            }

            // Where one is there that serves another session alone, nothing is over yet that this one could wait for.
            var process = Begin(user, last is null ? _ends.GetValueOrDefault(key, Task.CompletedTask) : Task.CompletedTask);
            _open[key] = process;
            return process;
        }
    }

    /// <summary>No further session joins it: the next starts another.</summary>
    public void Retire(PluginProcess process)
    {
        lock (_gate)
        {
            foreach (var (key, _) in _open.Where(pair => pair.Value == process).ToList())
                _open.Remove(key);
        }
    }

    /// <summary>A session uses it no longer. The last one ends it.</summary>
    /// <param name="process">The process.</param>
    /// <param name="user">The session.</param>
    /// <param name="failure">How the process failed: then it is ended for all, and at once. Null if it did not.</param>
    /// <param name="kill">Cancelled when it may no longer take time to shut down.</param>
    /// <returns>Completes when it has ended, if this session was the last; else at once.</returns>
    public Task LeaveAsync(PluginProcess process, ProcessUser user, KmError? failure, CancellationToken kill)
    {
        Task end;
        lock (_gate)
        {
            var isLast = process.Users.Leave(user);
            if (isLast || failure is not null)
                Retire(process);
            end = isLast ? process.EndAsync(failure is null, kill) : Task.CompletedTask;
            if (isLast && user.Key is not null)
                Remember(user.Key, end);
        }

        if (failure is not null)
            process.Fail(failure);
        return end;
    }

    public void Dispose()
    {
        _directory?.Dispose();
        log?.Dispose();
    }

    private PluginProcess Begin(ProcessUser user, Task after)
    {
        var process = new PluginProcess(user, Directory, guardian, log?.Open());
        process.Users.Add(user);
        process.Launch(after);
        return process;
    }

    private void Remember(string key, Task end)
    {
        _ends[key] = end;
        _ = end.ContinueWith(
            _ =>
            {
                lock (_gate)
                {
                    if (_ends.GetValueOrDefault(key) == end)
                        _ends.Remove(key);
                }
            },
            TaskScheduler.Default
        );
    }

    /// <summary>Where processes are unpacked. What cleans up on the machine may have taken it while nothing ran for days.</summary>
    private RunDirectory Directory(string? home)
    {
        lock (_directoryGate)
        {
            if (_directory is null || !System.IO.Directory.Exists(_directory.Path))
            {
                _directory = RunDirectory.Create(home);
                guardian?.DeleteAtEnd(_directory.Path);
            }

            return _directory;
        }
    }
}
