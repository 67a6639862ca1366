using Kilometers.Contracts;
using Kilometers.Files;
using Kilometers.GoPlugin.Client;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Egress;
using Kilometers.Processes;
using Kilometers.Processes.Guarding;
using Kilometers.Processes.Isolation;

namespace Kilometers.PluginHost.Launch;

/// <summary>
/// Starts plugin processes: private run directory, allow-listed environment, the network that was granted and no other, guarded against
/// our own sudden end.
/// </summary>
internal sealed class PluginLauncher : IDisposable
{
    private const string CookieKey = "KILOMETERS_PLUGIN";
    private const string CookieValue = "kilometers_monitoring_plugin";

    /// <summary>A script runs in its interpreter's processes.</summary>
    private const int DevelopmentProcesses = 16;

    private readonly PluginHostingOptions _options;
    private readonly IPluginPresenter _presenter;
    private readonly TimeProvider _time;
    private readonly Guardian? _guardian;
    private readonly Func<RunDirectory>? _shared;
    private readonly Lazy<RunDirectory> _own;
    private readonly EgressGate _egress;
    private readonly PluginControlGroups _groups;

    /// <param name="options">What plugins get.</param>
    /// <param name="presenter">Shows what they print and log.</param>
    /// <param name="time">The clock.</param>
    /// <param name="guardian">Ends them if we are killed; null if there is none.</param>
    /// <param name="groups">The control groups of this machine, if null.</param>
    /// <param name="directory">Where they are unpacked; null: in a directory of this launcher's, deleted with it.</param>
    public PluginLauncher(
        PluginHostingOptions options,
        IPluginPresenter presenter,
        TimeProvider time,
        Guardian? guardian,
        PluginControlGroups? groups = null,
        Func<RunDirectory>? directory = null
    )
    {
        _shared = directory;
        _groups = groups ?? PluginControlGroups.OfThisMachine;
        _options = options;
        _presenter = presenter;
        _time = time;
        _guardian = guardian;
        _egress = new EgressGate(time);
        _own = new Lazy<RunDirectory>(() =>
        {
            var directory = RunDirectory.Create(_options.Installed?.Home);
            guardian?.DeleteAtEnd(directory.Path);
            return directory;
        });
    }

    /// <summary>A directory for one plugin: its files and its socket.</summary>
    public string CreateRunDirectory() => (_shared?.Invoke() ?? _own.Value).ForPlugin();

    /// <summary>Deletes one plugin's directory, once its process is gone: a plugin that is restarted again and again must not fill the disk.</summary>
    public static void DeleteRunDirectory(string path) => RunDirectory.Delete(path);

    /// <summary>Starts a plugin in as much isolation as this system has.</summary>
    /// <param name="plugin">The plugin.</param>
    /// <param name="runDirectory">From <see cref="CreateRunDirectory"/>.</param>
    /// <param name="label">What to call the plugin in what it prints; may change once it has said its name.</param>
    /// <param name="network">What it may connect to; null: nothing.</param>
    /// <param name="cancellationToken">Gives up and kills it.</param>
    /// <exception cref="GoPluginException">It could not be started.</exception>
    /// <exception cref="OverLimitException">It broke a limit before it answered.</exception>
    /// <exception cref="KmException"><c>PLG_POL_004</c>: less isolation than policy demands.</exception>
    public async Task<LaunchedPlugin> LaunchAsync(
        PreparedPlugin plugin,
        string runDirectory,
        Func<string> label,
        PluginNetwork? network,
        CancellationToken cancellationToken
    )
    {
        // The files of a package lie beside it: what a plugin may write in is not what it was started from.
        var socketFolder = RunDirectory.CreateSocketFolder(runDirectory);
        var options = Prepare(plugin.Executable, socketFolder, label);
        var limits = PluginLimits.From(plugin.Verification?.Manifest.Limits);
        var state = plugin.State;
        if (state is not null)
            PrivateFile.CreateTrustedDirectory(state);
        var (profile, group, noGroup) = ((SandboxProfile?)null, (ControlGroup?)null, _groups.Missing);
        BindSupervisor? supervisor = null;
        PluginMeter? meter = null;
        try
        {
            if (_options.Launcher.Count > 0)
            {
                profile = PluginProfile.Create(plugin, socketFolder, network?.Grant.IsEmpty == false, _options);
                group = _groups.Create(limits, out noGroup);
                if (profile.Confine && SandboxSupport.CanSupervise)
                    supervisor = BindSupervisor.Start(Path.Combine(runDirectory, "bind"), socketFolder);
                profile = profile with { ControlGroup = group?.Path, BindSupervisor = supervisor?.Path };
                options = options with
                {
                    Launcher = SandboxCommand.Before(_options.Launcher, profile),
                    Environment = PluginEnvironment.Create(limits, socketFolder),
                };
            }
            else if (OperatingSystem.IsWindows())
            {
                options = options with
                {
                    Limits = new JobLimits(limits.MemoryBytes, plugin.Verification is null ? DevelopmentProcesses : 1, limits.CpuPercent),
                };
            }

            var mayCreateProcesses = profile is not { Confine: true, AllowProcesses: false };
            meter = new PluginMeter(label, limits, state is null ? [runDirectory] : [state, runDirectory], mayCreateProcesses, _time);
            var report = IsolationReport.Create(profile, SandboxSupport.Current, noGroup);
            if (_options.Policy.RequiredIsolation.Except(report.Reached).Any())
                throw new KmException(LaunchErrors.NotEnoughIsolation(label(), report));
            if (network is not null)
                options = _egress.Attach(options, network);
            return new LaunchedPlugin(
                await StartAsync(options, meter, cancellationToken).ConfigureAwait(false),
                report,
                group,
                meter,
                _time
            );
        }
        catch
        {
            if (meter is not null)
                await meter.DisposeAsync().ConfigureAwait(false);
            group?.Dispose();
            throw;
        }
        finally
        {
            // A plugin that runs has been taken over; one that does not will not come.
            supervisor?.Dispose();
        }
    }

    /// <summary>How a plugin is started, for those who start it in a way of their own: <c>kmpkg test</c> offers one contract version at a time.</summary>
    /// <param name="executable">The executable's full path.</param>
    /// <param name="runDirectory">From <see cref="CreateRunDirectory"/>.</param>
    /// <param name="label">What to call the plugin in what it prints; may change once it has said its name.</param>
    /// <returns>Options for one start.</returns>
    public GoPluginClientOptions Prepare(string executable, string runDirectory, Func<string> label) =>
        new()
        {
            FileName = executable,
            MagicCookieKey = CookieKey,
            MagicCookieValue = CookieValue,
            ProtocolVersions = PluginSession.Versions,
            RunDirectory = runDirectory,

            // go-plugin has nothing but TCP there.
            Addresses = OperatingSystem.IsWindows() ? PluginAddresses.AnyOfThisMachine : PluginAddresses.OwnSocket,
            Environment = PluginEnvironment.Create(),
            StartTimeout = _options.StartTimeout,
            ShutdownTimeout = TimeSpan.FromMilliseconds(500),
            ProcessStarted = id => _guardian?.Protect(id),
            ProcessEnded = id => _guardian?.Release(id),
            Log = entry => _presenter.Log(label(), entry),
            Output = (_, bytes) => _presenter.Output(label(), bytes.Span),
            TimeProvider = _time,
        };

    /// <summary>Measures the process from its first moment: what a plugin takes before it answers counts.</summary>
    private static async Task<GoPluginClient> StartAsync(
        GoPluginClientOptions options,
        PluginMeter meter,
        CancellationToken cancellationToken
    )
    {
        var protect = options.ProcessStarted;
        options = options with
        {
            ProcessStarted = id =>
            {
                protect?.Invoke(id);
                meter.Begin(id);
            },
        };
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, meter.Broken);
        try
        {
            return await GoPluginClient.StartAsync(options, either.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is GoPluginException or OperationCanceledException && meter.Breach is not null)
        {
            throw new OverLimitException(meter.Breach);
        }
    }

    /// <summary>Completes when no plugin's connection to the network is left.</summary>
    public Task EndNetworkAsync() => _egress.EndAsync();

    public void Dispose()
    {
        if (_own.IsValueCreated)
            _own.Value.Dispose();
    }
}
