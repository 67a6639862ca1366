using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Isolation;

/// <summary>What becomes of a plugin that breaks the protocol or takes what it gets: it is named and ended, and the session goes on.</summary>
public sealed class HostileProtocolTests
{
    [Fact]
    public async Task One_that_answers_with_garbage_is_named_and_the_session_unharmed() => await EndsAsync("garbage", "[PLG_RUN_003]");

    [Fact]
    public async Task One_that_claims_another_name_is_named_and_the_session_unharmed() => await EndsAsync("impostor", "calls itself another than it was signed as [PLG_RUN_007]");

    [Fact]
    public async Task One_that_never_answers_does_not_hold_the_session_up()
    {
        using var home = await HostileHome.CreateAsync(isOrdinary: false, "silent");
        await using var km = home.Monitor();
        for (var i = 0; i < 20; i++) await HostileHome.WorksAsync(km);
        Assert.Equal(0, await km.FinishAsync());
    }

    [Fact]
    public async Task One_that_prints_a_gigabyte_does_not_hold_the_session_up()
    {
        using var home = await HostileHome.CreateAsync(isOrdinary: false, "chatty");
        await using var km = await home.MonitorAsync();
        for (var i = 0; i < 100; i++) await HostileHome.WorksAsync(km);
        Assert.Equal(0, await km.FinishAsync());
    }

    [Fact]
    public async Task One_that_takes_memory_without_end_is_ended_and_the_session_unharmed()
    {
        using var home = await HostileHome.CreateAsync(isOrdinary: false, "memory", 128L << 20);
        await using var km = home.Monitor();
        await Wait.ForAsync(() => km.Errors.Contains("[PLG_RUN_020]", StringComparison.Ordinal) || km.Errors.Contains("[PLG_RUN_005]", StringComparison.Ordinal), () => km.Errors);
        await HostileHome.WorksAsync(km);
        Assert.Equal(0, await km.FinishAsync());
    }

    private static async Task EndsAsync(string mode, string words)
    {
        using var home = await HostileHome.CreateAsync(isOrdinary: false, mode);
        await using var km = home.Monitor();
        await Wait.ForAsync(() => km.Errors.Contains(words, StringComparison.Ordinal), () => km.Errors);
        await HostileHome.WorksAsync(km);
        Assert.Equal(0, await km.FinishAsync());
    }
}
