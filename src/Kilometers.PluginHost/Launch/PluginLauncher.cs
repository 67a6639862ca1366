using Kilometers.GoPlugin.Client;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Egress;
using Kilometers.Processes.Guarding;

namespace Kilometers.PluginHost.Launch;

/// <summary>
/// Starts plugin processes: private run directory, allow-listed environment, the network that was granted and no other, guarded against
/// our own sudden end.
/// </summary>
internal sealed class PluginLauncher : IDisposable
{
    private const string CookieKey = "KILOMETERS_PLUGIN";
    private const string CookieValue = "kilometers_monitoring_plugin";
    private readonly PluginHostingOptions _options;
    private readonly IPluginPresenter _presenter;
    private readonly TimeProvider _time;
    private readonly Guardian? _guardian;
    private readonly Lazy<RunDirectory> _directory;
    private readonly EgressGate _egress;
    private int _started;

    public PluginLauncher(PluginHostingOptions options, IPluginPresenter presenter, TimeProvider time, Guardian? guardian)
    {
        _options = options;
        _presenter = presenter;
        _time = time;
        _guardian = guardian;
        _egress = new EgressGate(time);
        _directory = new Lazy<RunDirectory>(() =>
        {
            var directory = RunDirectory.Create();
            guardian?.DeleteAtEnd(directory.Path);
            return directory;
        });
    }

    /// <summary>A directory for one plugin: its files and its socket.</summary>
    public string CreateRunDirectory() => _directory.Value.ForPlugin(Interlocked.Increment(ref _started));

    /// <summary>Deletes one plugin's directory, once its process is gone: a plugin that is restarted again and again must not fill the disk.</summary>
    public static void DeleteRunDirectory(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The session's end deletes the whole.
        }
    }

    /// <param name="executable">The executable's full path.</param>
    /// <param name="runDirectory">From <see cref="CreateRunDirectory"/>.</param>
    /// <param name="label">What to call the plugin in what it prints; may change once it has said its name.</param>
    /// <param name="network">What it may connect to; null: nothing.</param>
    /// <param name="cancellationToken">Gives up and kills it.</param>
    /// <exception cref="GoPluginException">It could not be started.</exception>
    public Task<GoPluginClient> LaunchAsync(string executable, string runDirectory, Func<string> label, PluginNetwork? network, CancellationToken cancellationToken)
    {
        var options = Prepare(executable, runDirectory, label);
        return GoPluginClient.StartAsync(network is null ? options : _egress.Attach(options, network), cancellationToken);
    }

    /// <summary>How a plugin is started, for those who start it in a way of their own: <c>kmpkg test</c> offers one contract version at a time.</summary>
    /// <param name="executable">The executable's full path.</param>
    /// <param name="runDirectory">From <see cref="CreateRunDirectory"/>.</param>
    /// <param name="label">What to call the plugin in what it prints; may change once it has said its name.</param>
    /// <returns>Options for one start.</returns>
    public GoPluginClientOptions Prepare(string executable, string runDirectory, Func<string> label) => new()
    {
        FileName = executable,
        MagicCookieKey = CookieKey,
        MagicCookieValue = CookieValue,
        ProtocolVersions = PluginSession.Versions,
        RunDirectory = runDirectory,
        Environment = PluginEnvironment.Create(),
        StartTimeout = _options.StartTimeout,
        ShutdownTimeout = TimeSpan.FromMilliseconds(500),
        ProcessStarted = id => _guardian?.Protect(id),
        ProcessEnded = id => _guardian?.Release(id),
        Log = entry =>
        {
            // Below that a plugin speaks to its author, who reads it with --debug-like settings of the plugin's own.
            if (entry.Level >= PluginLogLevel.Warning) _presenter.Log(label(), $"{entry.Level.ToString().ToUpperInvariant()} {entry.Message}");
        },
        Output = (_, bytes) => _presenter.Output(label(), bytes.Span),
        TimeProvider = _time,
    };

    /// <summary>Completes when no plugin's connection to the network is left.</summary>
    public Task EndNetworkAsync() => _egress.EndAsync();

    public void Dispose()
    {
        if (_directory.IsValueCreated) _directory.Value.Dispose();
    }
}
