using System.Text.Json;
using Kilometers.Audit;
using Kilometers.PluginHost.Sharing;
using Kilometers.PluginHost.Tests.Lifecycle;

namespace Kilometers.PluginHost.Tests.Sharing;

/// <summary>Sessions of one host that use the same plugin, as real processes.</summary>
internal sealed class SharedHost : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<SharedSession> _sessions = [];
    private readonly string _path;

    /// <param name="behaviour">Settings of TestPlugin without their prefix.</param>
    public SharedHost(params (string Name, string Value)[] behaviour)
    {
        _path = _folder["tested"];
        var exports = behaviour
            .Append(("NAME", "tested"))
            .Append(("RECORD", _folder["record"]))
            .Select(one => $"export TESTPLUGIN_{one.Item1}='{one.Item2}'");
        File.WriteAllText(_path, $"#!/bin/sh\n{string.Join('\n', exports)}\nexec '{HostedPlugin.TestPlugin}'\n");
        File.SetUnixFileMode(_path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public ProcessPool Pool { get; } = new(null);

    /// <summary>The processes that were started, in order.</summary>
    public IReadOnlyList<int> Started => [.. Recorded("start").Select(line => line.GetProperty("pid").GetInt32())];

    public IReadOnlyList<JsonElement> Recorded(string call)
    {
        if (!File.Exists(_folder["record"]))
            return [];
        var text = File.ReadAllText(_folder["record"]);
        return
        [
            .. text[..(text.LastIndexOf('\n') + 1)]
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonElement.Parse(line))
                .Where(line => line.GetProperty("call").GetString() == call),
        ];
    }

    /// <summary>The sequences that a session's instances saw.</summary>
    public IReadOnlyList<ulong> Seen(string label) =>
        [
            .. Recorded("message")
                .Where(line => line.GetProperty("server").GetString() == label)
                .Select(line => line.GetProperty("sequence").GetUInt64()),
        ];

    /// <summary>A session begins; completes when the plugin is Active in it, or is not.</summary>
    public async Task<SharedSession> BeginAsync(string label)
    {
        var session = new SharedSession(_path, label, new AuditLog(_folder["audit"], TimeProvider.System), Pool);
        lock (_sessions)
            _sessions.Add(session);
        await session.LoadAsync();
        return session;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var session in _sessions)
            await session.DisposeAsync();
        Pool.Dispose();
        _folder.Dispose();
    }
}
