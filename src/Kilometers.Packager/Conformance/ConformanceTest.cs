using Kilometers.GoPlugin.Client;
using Kilometers.PluginHost.Dispatch;
using Kilometers.Processes.Guarding;

namespace Kilometers.Packager.Conformance;

/// <summary>
/// Everything that km may do to a plugin, done to one, with real processes and km's own host: one process for each contract version,
/// one for SIGTERM, and one whose host is killed.
/// </summary>
internal static class ConformanceTest
{
    /// <summary>Runs all checks; never throws for what a plugin does.</summary>
    /// <param name="tested">The plugin.</param>
    /// <param name="timeout">How long it may take to start, to answer one call, to acknowledge one message.</param>
    /// <param name="time">The clock.</param>
    /// <param name="beginning">Called with the title of each check before it begins.</param>
    /// <param name="cancellationToken">Ends the test and everything that it started.</param>
    /// <returns>A result for each check.</returns>
    public static async Task<IReadOnlyList<CheckResult>> RunAsync(
        TestedPlugin tested,
        TimeSpan timeout,
        TimeProvider time,
        Action<string> beginning,
        CancellationToken cancellationToken
    )
    {
        // Orphans of the plugin come to us, and end with the test.
        Subreaper.Enable();
        using var host = new TestHost(timeout, isGuarded: true, time);
        var list = new CheckList(time, beginning);
        try
        {
            list.Add(CheckName.Manifest, 0, CheckManifest(tested));
            var output = list.Results.Count;
            var startFailure = await CheckContractsAsync(list, tested, host, cancellationToken).ConfigureAwait(false);
            list.Insert(output, CheckName.StandardOutput, CheckOutput(startFailure));
            if (
                startFailure is not null
                || !list.Results.Any(result => result is { Name: CheckName.Handshake, Outcome: CheckOutcome.Passed })
            )
                list.Skip(0, "it did not start", CheckName.Terminate, CheckName.HostKilled);
            else
                await CheckEndingsAsync(list, tested, host, cancellationToken).ConfigureAwait(false);
            return list.Results;
        }
        finally
        {
            Subreaper.KillOrphans();
        }
    }

    /// <returns>Why the plugin did not start, if it did not.</returns>
    private static async Task<GoPluginException?> CheckContractsAsync(
        CheckList list,
        TestedPlugin tested,
        TestHost host,
        CancellationToken cancellationToken
    )
    {
        var versions = PluginSession.Versions.OrderDescending().ToList();
        var isAnySpoken = false;
        foreach (var version in versions)
        {
            var checks = new ContractChecks(list, tested, host, version);
            await checks.RunAsync(isLast: version == versions[^1] && !isAnySpoken, cancellationToken).ConfigureAwait(false);
            isAnySpoken |= checks.IsSpoken;

            // It would fail in the same way under the other version, and take its time again.
            if (checks.StartFailure is { } failure)
                return failure;
        }

        return null;
    }

    private static async Task CheckEndingsAsync(CheckList list, TestedPlugin tested, TestHost host, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
            list.Skip(0, "Windows has no signals", CheckName.Terminate);
        else
            await list.RunAsync(CheckName.Terminate, 0, () => EndingChecks.TerminateAsync(tested, host, cancellationToken))
                .ConfigureAwait(false);
        if (!Directory.Exists("/proc/self"))
            list.Skip(0, "this system has no /proc, in which to see it", CheckName.HostKilled);
        else
            await list.RunAsync(CheckName.HostKilled, 0, () => EndingChecks.HostKilledAsync(tested, host, cancellationToken))
                .ConfigureAwait(false);
    }

    private static Finding CheckManifest(TestedPlugin tested) =>
        tested switch
        {
            { ManifestPath: null } => Finding.Skip("there is none beside the executable or in its project"),
            { ManifestFaults.Count: > 0 } => Finding.Fail("it cannot be packed", tested.ManifestFaults),
            _ => Finding.Pass($"{tested.Manifest!.Name} {tested.Manifest.Version}, no fault"),
        };

    /// <summary>A host reads the first line of a plugin's standard output as its handshake: nothing may come before it.</summary>
    private static Finding CheckOutput(GoPluginException? failure) =>
        failure switch
        {
            { Failure: GoPluginFailure.InvalidHandshake, FirstLine: { } line } when line.Count(c => c == '|') < 3 => Finding.Fail(
                $"printed before the handshake: \"{line}\""
            ),
            null or { FirstLine: not null } => Finding.Pass("nothing before the handshake"),
            _ => Finding.Skip("it gave no handshake"),
        };
}
