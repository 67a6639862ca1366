using System.Globalization;
using Kilometers.Contracts.Packages;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Isolation;

/// <summary>What becomes of a plugin that breaks the protocol or takes what it gets: it is named and ended, and the session goes on.</summary>
public sealed class HostileProtocolTests
{
    [Fact]
    public async Task One_that_answers_with_garbage_is_named_and_the_session_unharmed() => await EndsAsync("garbage", "[PLG_RUN_003]");

    [Fact]
    public async Task One_that_claims_another_name_is_named_and_the_session_unharmed() =>
        await EndsAsync("impostor", "reports a different name or version than the one it was signed with [PLG_RUN_007]");

    [Fact]
    public async Task One_that_never_answers_does_not_hold_the_session_up()
    {
        using var home = await HostileHome.CreateAsync(isOrdinary: false, "silent");
        await using var km = home.Monitor();
        for (var i = 0; i < 20; i++)
            await HostileHome.WorksAsync(km);
        Assert.Equal(0, await km.FinishAsync());
    }

    [Fact]
    public async Task One_that_prints_a_gigabyte_does_not_hold_the_session_up()
    {
        using var home = await HostileHome.CreateAsync(isOrdinary: false, "chatty");
        await using var km = await home.MonitorAsync();
        for (var i = 0; i < 100; i++)
            await HostileHome.WorksAsync(km);
        Assert.Equal(0, await km.FinishAsync());
    }

    [Fact]
    public async Task One_that_announces_four_gigabytes_is_named_and_costs_km_no_memory() =>
        await EndsAsync("huge", "[PLG_RUN_007]", check: km =>
        {
            var peak = File.ReadLines($"/proc/{km.Id}/status")
                .Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
            const long Announced = 4L << 20;
            Assert.InRange(long.Parse(peak, CultureInfo.InvariantCulture), 1, Announced / 8); // both in kB
        });

    [Fact]
    public async Task One_that_acknowledges_what_was_never_sent_is_named_and_the_session_unharmed() =>
        await EndsAsync("liar", "acknowledged item 9223372036854775807, which was never sent");

    [Fact]
    public async Task One_that_takes_memory_without_end_is_ended_and_the_session_unharmed() =>
        await EndsAsync("memory", ["[PLG_RUN_020]", "[PLG_RUN_005]"], new ResourceLimits { MemoryBytes = 128L << 20 });

    [Fact]
    public async Task One_that_fills_the_disk_with_files_is_ended_and_the_session_unharmed() => await EndsAsync("files", "[PLG_RUN_023]");

    [Fact]
    public async Task One_that_takes_all_processor_time_is_ended_and_the_session_unharmed() =>
        await EndsAsync("busy", "[PLG_RUN_021]", new ResourceLimits { CpuPercent = 1 });

    [Fact]
    public async Task One_that_starts_threads_without_end_is_ended_and_the_session_unharmed() =>
        await EndsAsync("threads", "[PLG_RUN_024]");

    [Fact]
    public async Task One_that_ignores_every_request_to_end_does_not_outlive_a_km_that_ends() =>
        await EndsWithKmAsync(PosixSignalNumber.Terminate);

    [Fact]
    public async Task One_that_ignores_every_request_to_end_does_not_outlive_a_km_that_is_killed() =>
        await EndsWithKmAsync(PosixSignalNumber.Kill);

    private static async Task EndsWithKmAsync(PosixSignalNumber signal)
    {
        using var home = await HostileHome.CreateAsync(isOrdinary: false, "stays");
        await using var km = await home.MonitorAsync();
        var plugin = HostileHome.ProcessOf(km, "km-plugin-hostile");
        km.Signal(signal);
        await Wait.ForAsync(() => !Processes.IsAlive(plugin), "the plugin to end with km");
        await Wait.ForAsync(
            () => Directory.GetDirectories(Path.GetDirectoryName(home.Path)!, "km-*").Length == 0,
            "km's run directory to go"
        );
    }

    private static Task EndsAsync(string mode, string words, ResourceLimits? limits = null, Action<KmProcess>? check = null) =>
        EndsAsync(mode, [words], limits, check);

    private static async Task EndsAsync(string mode, string[] words, ResourceLimits? limits = null, Action<KmProcess>? check = null)
    {
        using var home = await HostileHome.CreateAsync(isOrdinary: false, mode, limits);
        await using var km = home.Monitor();
        await Wait.ForAsync(() => words.Any(word => km.Errors.Contains(word, StringComparison.Ordinal)), () => km.Errors);
        await HostileHome.WorksAsync(km);
        check?.Invoke(km);
        Assert.Equal(0, await km.FinishAsync());
    }
}
