using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Faults;

/// <summary>
/// Two of host, plugin, relay and server are killed, or stopped for a while, at random moments under traffic. Where relay and server live the
/// client notices nothing, the plugin gets messages again, and what it missed was told to it. Where one of them is killed the session ends as
/// it would without km. Nothing is left behind.
/// </summary>
/// <remarks><c>KM_TEST_LONG=1</c> makes it minutes; <c>KM_TEST_SEED</c> repeats the choices of a run.</remarks>
public sealed class FaultPairsTests(ITestOutputHelper output)
{
    internal static readonly int Rounds = Environment.GetEnvironmentVariable("KM_TEST_LONG") == "1" ? 15 : 1;

    public static TheoryData<Victim, Victim> Pairs
    {
        get
        {
            var pairs = new TheoryData<Victim, Victim>();
            var all = Enum.GetValues<Victim>();
            foreach (var one in all)
            foreach (var other in all.Where(other => other > one))
                pairs.Add(one, other);
            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Whatever_happens_to_two_of_them_the_bytes_are_exact_losses_are_told_and_nothing_is_left(Victim one, Victim other)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var (seed, faults) = PlannedFault.ChooseBoth(one, other);
            output.WriteLine($"seed {seed}: {string.Join("; ", (IEnumerable<PlannedFault>)faults)}");
            await RunAsync(faults);
        }
    }

    private async Task RunAsync(PlannedFault[] faults)
    {
        using var traces = new Traces();
        await using (var session = await FaultSession.StartAsync(traces))
        {
            var working = session.WorkAsync();
            await Task.WhenAll(faults.Select(session.ApplyAsync));
            if (faults.Any(fault => fault is { IsKilled: true, Victim: Victim.Relay or Victim.Server }))
            {
                await working.WaitAsync(Wait.Limit);
                Assert.Equal(128 + (int)PosixSignalNumber.Kill, await session.Km.ExitAsync());
            }
            else
            {
                output.WriteLine($"the plugin gets messages again after {(await session.PluginSeesAgainAsync()).TotalMilliseconds:0} ms");
                await session.EndAsync(working);
                output.WriteLine(session.AssertNothingIsLostSilently(await working));
            }
        }

        await traces.AreGoneAsync();
        await Wait.ForAsync(
            () => FaultSession.SocketsOf(traces).Length == 0,
            () => $"no sockets to be left: {string.Join(", ", FaultSession.SocketsOf(traces))}"
        );
    }
}
