using System.Globalization;
using System.Text.RegularExpressions;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Faults;

/// <summary>
/// As <see cref="FaultPairsTests"/>, where several sessions have one host and one process of a plugin in common. What happens to those happens to
/// all sessions, and all continue; what happens to a relay or a server ends one session, and no other notices.
/// </summary>
/// <remarks><c>KM_TEST_LONG=1</c> takes every pair, again and again, for minutes; <c>KM_TEST_SEED</c> repeats the choices of a run.</remarks>
public sealed partial class SharedFaultTests(ITestOutputHelper output)
{
    private const int Sessions = 3;

    /// <summary>So far apart are the ids of two sessions.</summary>
    private const int Apart = 1_000_000;

    public static TheoryData<Victim, Victim> Pairs =>
        FaultPairsTests.Rounds > 1 ? FaultPairsTests.Pairs : new() { { Victim.Host, Victim.Plugin }, { Victim.Plugin, Victim.Relay } };

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Whatever_happens_to_two_of_them_every_session_goes_on_that_is_not_itself_ended(Victim one, Victim other)
    {
        for (var round = 0; round < FaultPairsTests.Rounds; round++)
        {
            var (seed, faults) = PlannedFault.ChooseBoth(one, other);
            output.WriteLine($"seed {seed}: {string.Join("; ", (IEnumerable<PlannedFault>)faults)}");
            await RunAsync(faults);
        }
    }

    [Fact]
    public Task A_host_that_stays_stopped_is_replaced_and_every_session_goes_on() =>
        RunAsync([new PlannedFault(Victim.Host, TimeSpan.Zero, Timeout.InfiniteTimeSpan, IsKilled: false)]);

    private static async Task RunAsync(PlannedFault[] faults)
    {
        using var home = new KmHomeFolder();
        var (status, _, errors) = await home.RunAsync("plugins", "install", home.ConsoleLogger(), "--yes");
        Assert.True(status == 0, errors);
        var sessions = Enumerable.Range(0, Sessions).Select(_ => Start(home)).ToList();
        try
        {
            foreach (var session in sessions)
                await session.SaysAsync("✓ console-logger");
            await RunAsync(home, sessions, faults);
        }
        finally
        {
            foreach (var session in sessions)
                await session.DisposeAsync();
        }

        await Wait.ForAsync(() => !Processes.HostsOf(home.Path).Any(), "the hosts to have ended");
        Assert.Empty(Directory.GetFiles(Path.Combine(home.Path, "run"), "*.sock"));
    }

    private static async Task RunAsync(KmHomeFolder home, List<KmProcess> sessions, PlannedFault[] faults)
    {
        var below = new HashSet<int>(sessions.SelectMany(session => Processes.DescendantsOf(session.Id)));
        var clients = sessions.Select((session, number) => new TirelessClient(session, number * Apart)).ToList();
        var working = clients.Select(client => client.WorkAsync()).ToList();
        await Task.WhenAll(faults.Select(fault => fault.ApplyAsync(() => VictimOf(fault.Victim, home, sessions[0]))));
        var isFirstEnded = faults.Any(fault => fault is { IsKilled: true, Victim: Victim.Relay or Victim.Server });
        if (isFirstEnded)
        {
            await working[0].WaitAsync(Wait.Limit);
            Assert.Equal(128 + (int)PosixSignalNumber.Kill, await sessions[0].ExitAsync());
        }

        var living = Enumerable.Range(isFirstEnded ? 1 : 0, Sessions - (isFirstEnded ? 1 : 0)).ToList();
        foreach (var number in living)
            await ShowsAsync(sessions[number], clients[number].Next + 1);
        foreach (var host in Processes.HostsOf(home.Path))
            below.UnionWith(Processes.DescendantsOf(host));
        foreach (var number in living)
        {
            clients[number].Stop();
            await ShowsAsync(sessions[number], (number * Apart) + await working[number] - 1);
            Assert.Equal(0, await sessions[number].FinishAsync());
            Assert.All(Shown(sessions[number]), id => Assert.Equal(number, id / Apart));
            Assert.DoesNotContain("[KM_INT_001]", sessions[number].Errors, StringComparison.Ordinal);
        }

        await Wait.ForAsync(() => !below.Any(Processes.IsAlive), () => $"all to end: {string.Join(", ", below.Where(Processes.IsAlive))}");
    }

    private static KmProcess Start(KmHomeFolder home) =>
        KmProcess.Start(Programs.Km, ["monitor", "--", Programs.TestMcpServer, "jsonrpc"], home.Environment.ToDictionary());

    private static int? VictimOf(Victim victim, KmHomeFolder home, KmProcess session) =>
        victim switch
        {
            Victim.Host => FirstOf(Processes.HostsOf(home.Path)),
            Victim.Plugin => FirstOf(Processes.HostsOf(home.Path).SelectMany(Processes.DescendantsOf).Where(IsPlugin)),
            Victim.Relay => session.Id,
            _ => FirstOf(Processes.DescendantsOf(session.Id).Where(FaultSession.IsServer)),
        };

    private static int? FirstOf(IEnumerable<int> processes) => processes.Select(id => (int?)id).FirstOrDefault();

    /// <summary>Waits until the plugin has printed an answer from this id on, on this session's terminal.</summary>
    private static Task ShowsAsync(KmProcess session, int id) =>
        Wait.ForAsync(
            () => Shown(session).Any(shown => shown >= id),
            () => $"the plugin to print the answer {id}: {session.Errors[Math.Max(0, session.Errors.Length - 2000)..]}"
        );

    private static IEnumerable<int> Shown(KmProcess session) =>
        AnswerLine().Matches(session.Errors).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));

    private static bool IsPlugin(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/comm").StartsWith("km-plugin", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // it ended just now
        }
    }

    [GeneratedRegex(@"← .* id=(\d+) ")]
    private static partial Regex AnswerLine();
}
