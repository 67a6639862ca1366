using System.Collections;
using System.Globalization;
using System.Text;
using Grpc.Core;
using Kilometers.GoPlugin.Client;
using Kilometers.PluginHost.Dispatch;
using Kilometers.Processes;
using Kilometers.Processes.Unix;

namespace Kilometers.Packager.Conformance;

/// <summary>Whether a plugin ends when it should, in time, and leaves nothing behind.</summary>
internal static class EndingChecks
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);

    /// <summary>The end of a session: the delivery is completed, Shutdown called, and the process asked to end.</summary>
    public static async Task<Finding> ShutdownAsync(
        RunningPlugin plugin,
        MessageFeeder feeder,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var below = plugin.Descendants();
        var start = time.GetTimestamp();
        try
        {
            await feeder.CompleteAsync(TestHost.ShutdownLimit, cancellationToken).ConfigureAwait(false);
            await plugin.Session.ShutdownAsync(TestHost.ShutdownLimit, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or RpcException { StatusCode: StatusCode.DeadlineExceeded })
        {
            return Finding.Fail($"no answer within {TestHost.ShutdownLimit.TotalSeconds} s: km would kill it");
        }

        await plugin.Client.StopAsync(cancellationToken).ConfigureAwait(false);
        var status = await plugin.Client.Exited.ConfigureAwait(false);
        if (status.ShellCode is not (0 or 128 + 9))
            return Finding.Fail($"it ended with {status} instead of 0", RunningPlugin.LastWords(plugin.Client.LastErrorLines));
        return Ended(status, time.GetElapsedTime(start), below, "Shutdown");
    }

    /// <summary>SIGTERM, which a system sends to all at its shutdown.</summary>
    public static Task<Finding> TerminateAsync(TestedPlugin tested, TestHost host, CancellationToken cancellationToken) =>
        WithPluginAsync(tested, host, plugin => TerminateAsync(plugin, host, cancellationToken), cancellationToken);

    /// <summary>
    /// km is killed with SIGKILL. A plugin should notice by itself; where it does not, km's guardian must be able to end it, which it is
    /// not for a process that went out of its reach.
    /// </summary>
    public static async Task<Finding> HostKilledAsync(TestedPlugin tested, TestHost host, CancellationToken cancellationToken)
    {
        var alone = await KillHostAsync(tested, host, HostMode.Unguarded, cancellationToken).ConfigureAwait(false);
        if (alone.Failure is { } failure)
            return failure;
        if (alone.Taken is { } taken)
            return Finding.Pass(string.Create(CultureInfo.InvariantCulture, $"it noticed, and ended after {taken.TotalSeconds:0.00} s"));
        var guarded = await KillHostAsync(tested, host, HostMode.Guarded, cancellationToken).ConfigureAwait(false);
        if (guarded.Failure is { } otherFailure)
            return otherFailure;
        return guarded.Taken is not null
            ? Finding.Pass("it did not notice; km's guardian ended it")
            : Finding.Fail($"it still ran {TestHost.ShutdownLimit.TotalSeconds} s later: not even km's guardian could end it");
    }

    private static async Task<Finding> TerminateAsync(RunningPlugin plugin, TestHost host, CancellationToken cancellationToken)
    {
        var below = plugin.Descendants();
        var start = host.Time.GetTimestamp();
        _ = Libc.Kill(plugin.Client.ProcessId, (int)ChildSignal.Terminate);
        await Task.WhenAny(plugin.Client.Exited, Task.Delay(TestHost.ShutdownLimit, host.Time, cancellationToken)).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (!plugin.Client.Exited.IsCompleted)
            return Finding.Fail($"it did not end within {TestHost.ShutdownLimit.TotalSeconds} s of SIGTERM");
        var status = await plugin.Client.Exited.ConfigureAwait(false);

        // By the signal itself, or with a status of its own; any other signal is a crash.
        if (status.Signal is not (null or (int)ChildSignal.Terminate))
            return await plugin.CrashedAsync("at SIGTERM").ConfigureAwait(false);
        return Ended(status, host.Time.GetElapsedTime(start), below, "SIGTERM");
    }

    /// <returns>How long the plugin lived on; null if it still does and was killed. Or why that was not found out.</returns>
    private static async Task<(TimeSpan? Taken, Finding? Failure)> KillHostAsync(
        TestedPlugin tested,
        TestHost host,
        string guarding,
        CancellationToken cancellationToken
    )
    {
        var seconds = ((int)host.Timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var command = OwnProgram.Command(OwnProgram.Host, guarding, seconds, tested.Executable);
        using var victim = ChildProcess.Start(command with { Environment = EnvironmentOf(host, tested) });
        try
        {
            // Three calls and a start, each of which may take that long.
            var line = await ReadLineAsync(victim.StandardOutput)
                .WaitAsync(4 * host.Timeout, host.Time, cancellationToken)
                .ConfigureAwait(false);
            if (!int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || ProcessTable.Find(id) is not { } plugin)
                return (
                    null,
                    Finding.Fail("it did not start under the host that was to be killed", line.Length == 0 ? null : ["| " + line])
                );
            victim.Signal(ChildSignal.Kill);
            var start = host.Time.GetTimestamp();
            while (host.Time.GetElapsedTime(start) < TestHost.ShutdownLimit)
            {
                if (!Lives(plugin))
                    return (host.Time.GetElapsedTime(start), null);
                await Task.Delay(LookEvery, host.Time, cancellationToken).ConfigureAwait(false);
            }

            foreach (var left in ProcessTable.DescendantsOf([plugin.Id], ProcessTable.Snapshot()).Append(plugin.Id))
                _ = Libc.Kill(left, (int)ChildSignal.Kill);
            return (null, null);
        }
        catch (TimeoutException)
        {
            return (null, Finding.Fail("it did not start in time under the host that was to be killed"));
        }
        finally
        {
            victim.KillTree();
        }
    }

    private static async Task<Finding> WithPluginAsync(
        TestedPlugin tested,
        TestHost host,
        Func<RunningPlugin, Task<Finding>> check,
        CancellationToken cancellationToken
    )
    {
        RunningPlugin plugin;
        try
        {
            plugin = await RunningPlugin
                .StartAsync(host, tested.Executable, PluginSession.Versions, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (GoPluginException e)
        {
            return Finding.Fail("it did not start again", [e.Message, .. RunningPlugin.LastWords(e.LastErrorLines)]);
        }

        await using (plugin.ConfigureAwait(false))
        {
            try
            {
                await plugin.PrepareAsync(cancellationToken).ConfigureAwait(false);
                return await check(plugin).ConfigureAwait(false);
            }
            catch (RpcException e) when (!cancellationToken.IsCancellationRequested)
            {
                return await plugin.ExplainAsync("before the check could begin", e).ConfigureAwait(false);
            }
        }
    }

    private static Finding Ended(ExitStatus status, TimeSpan taken, IReadOnlyList<ProcessEntry> below, string after)
    {
        var left = below.Where(Lives).ToList();
        foreach (var entry in left)
            _ = Libc.Kill(entry.Id, (int)ChildSignal.Kill);
        var took = string.Create(CultureInfo.InvariantCulture, $"{taken.TotalSeconds:0.00} s");
        if (status.Signal == (int)ChildSignal.Kill || taken > TestHost.ShutdownLimit)
            return Finding.Fail($"it did not end within {TestHost.ShutdownLimit.TotalSeconds} s of {after} and was killed");
        if (left.Count > 0)
            return Finding.Fail($"it ended after {took}, but {left.Count} of its own processes lived on");
        return Finding.Pass(
            taken > TestHost.KmShutdownLimit
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"ended after {took}; km waits {TestHost.KmShutdownLimit.TotalSeconds:0.0} s and would have killed it"
                )
                : $"ended after {took} with {status}, nothing left"
        );
    }

    private static bool Lives(ProcessEntry entry) =>
        ProcessTable.Find(entry.Id) is { IsAlive: true } now && now.StartTime == entry.StartTime;

    /// <summary>Our own environment, with our run directory for the victim's: it cannot delete what it made there.</summary>
    private static Dictionary<string, string> EnvironmentOf(TestHost host, TestedPlugin tested)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
            environment[(string)entry.Key] = (string?)entry.Value ?? "";
        environment["XDG_RUNTIME_DIR"] = host.Launcher.CreateRunDirectory();
        return environment;
    }

    private static Task<string> ReadLineAsync(Stream stream) =>
        Task.Run(() =>
        {
            var line = new List<byte>();
            var one = new byte[1];
            while (stream.Read(one) == 1 && one[0] != (byte)'\n')
                line.Add(one[0]);
            return Encoding.UTF8.GetString([.. line]);
        });
}
