using System.Text.Json;
using Kilometers.Audit;
using Kilometers.Contracts;
using Kilometers.GoPlugin.Client;
using Kilometers.PluginHost.Lifecycle;
using Kilometers.PluginHost.Policies;

namespace Kilometers.PluginHost.Tests.Lifecycle;

/// <summary>A real plugin process in a real host, with a clock of the test's choice.</summary>
internal sealed class HostedPlugin : IPluginPresenter, IAsyncDisposable
{
    public const string Name = "tested";

    public static readonly string TestPlugin = BuiltProgram();
    private readonly TemporaryFolder _folder = new();
    private readonly List<KmError> _warnings = [];
    private readonly PluginHosting _hosting;
    private ulong _sequence;

    /// <param name="script">Shell lines before the plugin's own start.</param>
    /// <param name="time">The clock; the system's if null.</param>
    /// <param name="restart">The back-off.</param>
    public HostedPlugin(string script = "", TimeProvider? time = null, RestartOptions? restart = null)
    {
        var path = _folder[Name];
        File.WriteAllText(
            path,
            $"#!/bin/sh\ncd '{_folder.Path}'\nexport TESTPLUGIN_NAME={Name}\nexport TESTPLUGIN_RECORD='{_folder["record"]}'\n{script}\nexec '{TestPlugin}'\n"
        );
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var options = new PluginHostingOptions
        {
            HostVersion = "1.0.0",
            ServerLabel = "test",
            QueueSize = 1 << 20,
            Policy = PluginPolicy.None,
            DevPlugins = [path],
            Restart = restart ?? new RestartOptions(),
        };
        _hosting = new PluginHosting(options, new AuditLog(_folder["audit"], TimeProvider.System), this, time ?? TimeProvider.System);
        _hosting.Start(null);
    }

    public PluginHosting Hosting => _hosting;

    public PluginSnapshot Now => Assert.Single(_hosting.Snapshot());

    /// <summary>The codes of what was warned of, but for that it is under development.</summary>
    public IReadOnlyList<string> Warnings
    {
        get
        {
            lock (_warnings)
                return [.. _warnings.Select(error => error.Code).Where(code => code != ErrorCode.DevelopmentPlugin)];
        }
    }

    /// <summary>The sequences of the messages that its processes saw, in order.</summary>
    public IReadOnlyList<ulong> Seen =>
        File.Exists(_folder["record"])
            ?
            [
                .. File.ReadAllLines(_folder["record"])
                    .Select(line => JsonElement.Parse(line))
                    .Where(line => line.GetProperty("call").GetString() == "message")
                    .Select(line => line.GetProperty("sequence").GetUInt64()),
            ]
            : [];

    /// <summary>The audit log's events with what they say.</summary>
    public IReadOnlyList<string> Audit =>
        [
            .. File.ReadAllLines(Path.Combine(_folder["audit"], "audit.jsonl"))
                .Select(line => JsonElement.Parse(line))
                .Select(line => $"{line.GetProperty("event").GetString()} {line.GetProperty("detail").GetString()}"),
        ];

    public void Mark(string name) => File.WriteAllText(_folder[name], "");

    /// <summary>Shows it this many messages.</summary>
    public void Show(int count)
    {
        for (var i = 0; i < count; i++)
            _hosting.Sink.Observe(Items.Message(++_sequence));
    }

    public async Task UntilAsync(Func<PluginSnapshot, bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (!condition(Now))
        {
            if (limit.IsCancellationRequested)
                Assert.Fail($"not in 60 s: {Now} {string.Join(' ', Warnings)}");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    public Task ActiveAsync() => UntilAsync(now => now.State == PluginState.Active);

    public Task DeliveredAsync(long count) => UntilAsync(now => now.Queue.Delivered >= count);

    public void Loaded(IReadOnlyList<LoadedPlugin> plugins) { }

    public void Restarted(LoadedPlugin plugin, int restarts) { }

    public void Warn(KmError error)
    {
        lock (_warnings)
            _warnings.Add(error);
    }

    public void Log(string plugin, PluginLogEntry entry) { }

    public void Output(string plugin, ReadOnlySpan<byte> bytes) { }

    public async ValueTask DisposeAsync()
    {
        await _hosting.DisposeAsync();

        // A session does not wait for its last records; the folder that they are written to must.
        await _hosting.Audit.CompleteAsync();
        _folder.Dispose();
    }

    private static string BuiltProgram()
    {
        // …/tests/Kilometers.PluginHost.Tests/bin/CONFIGURATION/net10.0/
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var tests = framework.Parent!.Parent!.Parent!.Parent!.FullName;
        return Path.Combine(tests, "TestPlugin", "bin", framework.Parent.Name, framework.Name, "km-plugin-test-plugin");
    }
}
