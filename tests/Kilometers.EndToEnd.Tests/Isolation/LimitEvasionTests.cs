using System.Globalization;
using Kilometers.Contracts.Packages;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Isolation;

/// <summary>
/// A plugin that takes more than a limit where a careless look does not count it is ended all the same, and the session continues. What the
/// system call filter refuses does not need to be counted: the plugin then says so itself.
/// </summary>
public sealed class LimitEvasionTests
{
    private static readonly ResourceLimits Small = new() { MemoryBytes = 128L << 20 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_fills_the_disk_with_deleted_files_is_ended(bool isOrdinary) =>
        await EndsAsync("deleted", isOrdinary, "[PLG_RUN_023]");

    [Fact]
    public async Task One_that_fills_the_disk_with_files_without_content_is_ended() => await EndsAsync("allocated", false, "[PLG_RUN_023]");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_fills_the_disk_in_a_folder_that_cannot_be_listed_is_ended(bool isOrdinary) =>
        await EndsAsync("closed", isOrdinary, "[PLG_RUN_023]");

    [Fact]
    public async Task One_that_fills_the_disk_below_the_longest_path_is_ended() => await EndsAsync("deep", false, "[PLG_RUN_023]");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_takes_memory_that_is_never_mapped_is_ended(bool isOrdinary) =>
        await EndsAsync("memory-file", isOrdinary, "[PLG_RUN_020]", "memory-file: denied");

    /// <summary>The administrator can read it all the same.</summary>
    [Fact]
    public async Task One_that_makes_itself_unreadable_is_ended() => await EndsAsync("hidden", true, "[PLG_RUN_025]", "hidden: denied");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_keeps_descriptors_in_a_socket_is_ended(bool isOrdinary) =>
        await EndsAsync("passed", isOrdinary, "[PLG_RUN_025]", "passed: denied");

    [Fact]
    public async Task One_that_is_busy_in_bursts_is_ended()
    {
        using var home = await HostileHome.CreateAsync(false, "bursts", new() { CpuPercent = 10 });
        try
        {
            await AssertEndedAsync(home, "[PLG_RUN_021]");
        }
        catch (TimeoutException e)
        {
            // Plugins have a low priority: among this many others it cannot use what it would be ended for.
            var load = double.Parse(
                (await File.ReadAllTextAsync("/proc/loadavg", TestContext.Current.CancellationToken)).Split(' ')[1],
                CultureInfo.InvariantCulture
            );
            Assert.SkipWhen(
                load > 5 * Environment.ProcessorCount,
                $"a plugin got less than 10 % of a processor at a load of {load}: {e.Message}"
            );
            throw;
        }
    }

    [Theory]
    [InlineData("early-memory", "[PLG_RUN_020]", "early-memory: denied")]
    [InlineData("early-files", "[PLG_RUN_023]")]
    [InlineData("early-threads", "[PLG_RUN_024]")]
    public async Task One_that_takes_too_much_before_its_handshake_is_ended_and_fails_its_test_start(string mode, params string[] words)
    {
        using var home = await HostileHome.CreateAsync(false, mode, Small, hasTestStart: true);
        Assert.Contains(words, word => home.InstallOutput.Contains(word, StringComparison.Ordinal));
        await AssertEndedAsync(home, words);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_does_nothing_of_the_kind_is_not_ended(bool isOrdinary)
    {
        using var home = await HostileHome.CreateAsync(isOrdinary);
        await using var km = await home.MonitorAsync();

        // Long enough for the looks right after the start, which follow each other closely.
        for (var i = 0; i < 30; i++)
        {
            await HostileHome.WorksAsync(km);
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        Assert.DoesNotContain("PLG_RUN", km.Errors, StringComparison.Ordinal);
        Assert.Equal(0, await km.FinishAsync());
    }

    private static async Task EndsAsync(string mode, bool isOrdinary, params string[] words)
    {
        using var home = await HostileHome.CreateAsync(isOrdinary, mode, Small);
        await AssertEndedAsync(home, words);
    }

    private static async Task AssertEndedAsync(HostileHome home, params string[] words)
    {
        await using var km = home.Monitor();
        await Wait.ForAsync(() => words.Any(word => km.Errors.Contains(word, StringComparison.Ordinal)), () => km.Errors);
        await HostileHome.WorksAsync(km);
        Assert.Equal(0, await km.FinishAsync());

        // What is nested deeper than the longest path is out of reach of those who name paths.
        Assert.Equal(0, await Commands.RunAsync("rm", "-rf", home.State));
    }
}
