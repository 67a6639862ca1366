using Kilometers.Contracts;
using Kilometers.GoPlugin.Client;
using Kilometers.PluginHost.Logs;

namespace Kilometers.PluginHost.Sharing;

/// <summary>The sessions that use one process: all of them see what it logs, and what it prints for none in particular.</summary>
/// <param name="said">Keeps what it says; null: nobody does.</param>
internal sealed class ProcessUsers(PluginLogStream? said) : IPluginPresenter
{
    private readonly Lock _gate = new();
    private ProcessUser[] _users = [];

    public int Count => Volatile.Read(ref _users).Length;

    public void Add(ProcessUser user)
    {
        lock (_gate)
            Volatile.Write(ref _users, [.. _users, user]);
    }

    /// <summary>A session uses the process no longer. The last one still hears what the process says at its end.</summary>
    /// <returns>Whether it is the last one.</returns>
    public bool Leave(ProcessUser user)
    {
        lock (_gate)
        {
            if (_users is [var last] && last == user)
                return true;
            Volatile.Write(ref _users, [.. _users.Where(other => other != user)]);
            return false;
        }
    }

    public void Loaded(IReadOnlyList<LoadedPlugin> plugins) => throw new NotSupportedException("A session says what it has loaded.");

    public void Restarted(LoadedPlugin plugin, int restarts) => throw new NotSupportedException("A session says what it has restarted.");

    public void Warn(KmError error)
    {
        foreach (var user in Volatile.Read(ref _users))
            user.Presenter.Warn(error);
    }

    public void Log(string plugin, PluginLogEntry entry)
    {
        var users = Volatile.Read(ref _users);
        said?.Log(entry, Sessions(users));
        foreach (var user in users)
            user.Presenter.Log(plugin, entry);
    }

    public void Output(string plugin, ReadOnlySpan<byte> bytes)
    {
        var users = Volatile.Read(ref _users);
        said?.Print(bytes, Sessions(users));
        foreach (var user in users)
            user.Presenter.Output(plugin, bytes);
    }

    private static PluginLogSession[] Sessions(ProcessUser[] users) => [.. users.Select(user => user.LogSession)];

    /// <summary>The process failed, for all of them.</summary>
    public void Fail(KmError error)
    {
        foreach (var user in Volatile.Read(ref _users))
            user.Failed(error);
    }

    /// <summary>The process used the network, or was not let: one record, and a word on every terminal if it was not.</summary>
    /// <param name="first">Records it where no session is left.</param>
    /// <param name="plugin">The plugin.</param>
    /// <param name="host">Where to.</param>
    /// <param name="error">Why not; null if it was connected.</param>
    public void TellOfNetwork(ProcessUser first, string plugin, string host, KmError? error)
    {
        (Volatile.Read(ref _users).FirstOrDefault() ?? first).RecordNetwork(plugin, host, error);
        if (error is not null)
            Warn(error with { Summary = $"Plugin '{plugin}' was not connected: {error.Summary}" });
    }
}
