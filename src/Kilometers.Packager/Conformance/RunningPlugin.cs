using Grpc.Core;
using Kilometers.Contracts;
using Kilometers.GoPlugin.Client;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Dispatch;
using Kilometers.Processes.Unix;

namespace Kilometers.Packager.Conformance;

/// <summary>A plugin's process with the host's own session on it, and the words for what goes wrong with it.</summary>
internal sealed class RunningPlugin : IAsyncDisposable
{
    /// <summary>How long the process of a plugin whose connection broke may take to end before it counts as alive.</summary>
    private static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(1);

    private const int MaxLastLines = 8;
    private readonly TestHost _host;
    private readonly TrialGate? _gate;

    private RunningPlugin(GoPluginClient client, TestHost host, bool isShared)
    {
        Client = client;
        _host = host;
        _gate = isShared ? new TrialGate() : null;
        Session = Open(host.CreateFacts(), _ => { });
    }

    public GoPluginClient Client { get; }

    /// <summary>The conversation about the process, and about its session if it has only one.</summary>
    public PluginSession Session { get; }

    /// <summary>Who it says it is; null until <see cref="PrepareAsync"/>, or another caller that asked it, has set it.</summary>
    public SelfDescription? Description { get; set; }

    /// <summary>Starts the plugin.</summary>
    /// <param name="host">The host that it meets.</param>
    /// <param name="path">The executable.</param>
    /// <param name="versions">The contract versions that it is offered.</param>
    /// <param name="cancellationToken">Gives up and kills it.</param>
    /// <param name="isShared">Whether its process is to serve more than one session.</param>
    /// <returns>The running plugin; the caller disposes it.</returns>
    /// <exception cref="GoPluginException">It did not start.</exception>
    public static async Task<RunningPlugin> StartAsync(
        TestHost host,
        string path,
        IReadOnlyList<int> versions,
        CancellationToken cancellationToken,
        bool isShared = false
    )
    {
        var options = host.Launcher.Prepare(path, host.Launcher.CreateRunDirectory(), () => Path.GetFileName(path)) with
        {
            ProtocolVersions = versions,
            ShutdownTimeout = TestHost.ShutdownLimit,
        };
        var client = await GoPluginClient.StartAsync(options, cancellationToken).ConfigureAwait(false);
        return new RunningPlugin(client, host, isShared);
    }

    /// <summary>The conversation about one session.</summary>
    /// <param name="facts">The session.</param>
    /// <param name="printed">Takes what the plugin prints in it.</param>
    public PluginSession Open(SessionFacts facts, Action<ReadOnlyMemory<byte>> printed) =>
        PluginSession.Create(
            Client,
            facts,
            _host.Timeout,
            _host.Time,
            printed,
            _gate is null ? null : new SharedDelivery(Description?.Name ?? "", _gate)
        );

    /// <summary>What it answered to Initialize.</summary>
    public PluginAnswer Answer { get; private set; } = new(null);

    /// <summary>Gives it its session and a configuration.</summary>
    /// <returns>Why it refuses; null if it does not.</returns>
    public async Task<KmError?> InitializeAsync(PluginSetup configuration, CancellationToken cancellationToken)
    {
        Answer = await Session.InitializeAsync(Description!.Name, configuration, cancellationToken).ConfigureAwait(false);
        return Answer.Error;
    }

    /// <summary>Describe, Authenticate and Initialize, as far as the plugin goes along; for checks that are about something else.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        Description = await Session.DescribeAsync(cancellationToken).ConfigureAwait(false);
        var name = Description.Name;
        if (await Session.AuthenticateAsync(name, EntitlementView.SignedOut, cancellationToken).ConfigureAwait(false) is not null)
            return;
        _ = await InitializeAsync(Configure(out _), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What it gets at its start.</summary>
    /// <param name="problems">What is wrong with its settings.</param>
    public PluginSetup Configure(out IReadOnlyList<KmError> problems) => _host.Configure(Description!.Name, out problems);

    /// <summary>The processes below the plugin's own.</summary>
    public IReadOnlyList<ProcessEntry> Descendants()
    {
        var snapshot = ProcessTable.Snapshot();
        var ids = ProcessTable.DescendantsOf([Client.ProcessId], snapshot);
        return snapshot.FindAll(entry => entry.IsAlive && ids.Contains(entry.Id));
    }

    /// <summary>Says what a call's failure means: most often that the plugin's process is gone, and how.</summary>
    /// <param name="doing">What the plugin was doing, to follow a comma or stand alone.</param>
    /// <param name="e">The failure.</param>
    /// <returns>A failure with the plugin's last words.</returns>
    public async Task<Finding> ExplainAsync(string doing, Exception e)
    {
        if (await HasEndedAsync().ConfigureAwait(false))
            return await CrashedAsync(doing).ConfigureAwait(false);
        return e switch
        {
            RpcException { StatusCode: StatusCode.DeadlineExceeded } => Finding.Fail($"no answer in time, {doing}"),
            RpcException { StatusCode: StatusCode.Unimplemented } => Finding.Fail($"not implemented, {doing}"),
            RpcException rpc => Finding.Fail($"{rpc.StatusCode}, {doing}: {rpc.Status.Detail}"),
            KmException { Error.Detail: { } why } => Finding.Fail($"{e.Message}: {why}, {doing}"),
            _ => Finding.Fail($"{e.Message}, {doing}"),
        };
    }

    /// <summary>The plugin's process has ended where it must not.</summary>
    public async Task<Finding> CrashedAsync(string doing) =>
        Finding.Fail(
            $"the plugin ended with {await Client.Exited.ConfigureAwait(false)}, {doing}",
            await LastWordsAsync().ConfigureAwait(false)
        );

    /// <summary>Whether the process has ended, or does so within a moment: a dying process breaks its connection first.</summary>
    public async Task<bool> HasEndedAsync()
    {
        await Task.WhenAny(Client.Exited, Task.Delay(ExitLimit, _host.Time)).ConfigureAwait(false);
        return Client.Exited.IsCompleted;
    }

    /// <summary>The last lines of an ended plugin's standard error, from the crash on where there is one.</summary>
    public async Task<IReadOnlyList<string>> LastWordsAsync()
    {
        // Waits until the pipe is read to its end.
        await Client.StopAsync(CancellationToken.None).ConfigureAwait(false);
        return LastWords(Client.LastErrorLines);
    }

    /// <summary>The last of the lines, from the crash on where there is one.</summary>
    public static IReadOnlyList<string> LastWords(IReadOnlyList<string> lines)
    {
        var crash = lines
            .ToList()
            .FindLastIndex(line =>
                line.StartsWith("Unhandled exception", StringComparison.Ordinal) || line.StartsWith("panic:", StringComparison.Ordinal)
            );
        return [.. (crash < 0 ? lines.TakeLast(MaxLastLines) : lines.Skip(crash).Take(MaxLastLines)).Select(line => "| " + line)];
    }

    public ValueTask DisposeAsync() => Client.DisposeAsync();
}
