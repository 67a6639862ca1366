using Kilometers.Contracts;
using Kilometers.PluginHost;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Launch;
using Kilometers.PluginHost.Policies;
using Kilometers.Processes;
using Kilometers.Processes.Guarding;

namespace Kilometers.Packager.Conformance;

/// <summary>km's plugin host, as far as a plugin notices it: launcher, limits, and, where wanted, the guardian.</summary>
internal sealed class TestHost : IDisposable
{
    /// <summary>How long a plugin may take to end.</summary>
    public static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(5);

    /// <summary>How long km itself waits at a session's end before it kills: what takes longer is worth a word.</summary>
    public static readonly TimeSpan KmShutdownLimit = TimeSpan.FromSeconds(1.7);

    private const string Server = "kmpkg-test";

    private readonly Guardian? _guardian;

    /// <param name="timeout">How long a plugin may take to start, to answer one call, to acknowledge one message.</param>
    /// <param name="isGuarded">Whether a guardian ends plugins should this process be killed.</param>
    /// <param name="time">The clock.</param>
    public TestHost(TimeSpan timeout, bool isGuarded, TimeProvider time)
    {
        Timeout = timeout;
        Time = time;
        _guardian = isGuarded ? StartGuardian() : null;
        Launcher = new PluginLauncher(
            new PluginHostingOptions
            {
                HostVersion = OwnProgram.Version,
                ServerLabel = Server,
                QueueSize = 1,
                Policy = PluginPolicy.None,
                StartTimeout = timeout,
            },
            // What a plugin prints and logs is not part of its test; its last words are with its client.
            new SilentPresenter(),
            time,
            _guardian
        );
    }

    public TimeSpan Timeout { get; }

    public TimeProvider Time { get; }

    public PluginLauncher Launcher { get; }

    /// <summary>A new session's facts.</summary>
    /// <param name="server">The server's name.</param>
    public SessionFacts CreateFacts(string server = Server) =>
        new()
        {
            SessionId = Guid.CreateVersion7(Time.GetUtcNow()).ToString("N"),
            ServerLabel = server,
            HostVersion = OwnProgram.Version,
            Started = Time.GetUtcNow(),
            Color = false,
        };

    /// <summary>What a plugin gets at its start: the tester's settings for it, a state directory of its own, and no API.</summary>
    /// <param name="plugin">Its name.</param>
    /// <param name="problems">What is wrong with its settings.</param>
    public PluginSetup Configure(string plugin, out IReadOnlyList<KmError> problems) =>
        new(PluginSettings.For(plugin, out problems), "", Launcher.CreateRunDirectory());

    public void Dispose()
    {
        Launcher.Dispose();
        _guardian?.Dispose();
    }

    private static Guardian? StartGuardian()
    {
        try
        {
            return Guardian.Start(
                OwnProgram.Command(OwnProgram.Guard, Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture))
            );
        }
        catch (ChildStartException)
        {
            // It only matters should kmpkg be killed; the test itself is worth more.
            return null;
        }
    }
}
