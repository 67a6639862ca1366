using System.Globalization;
using Kilometers.EndToEnd.Tests.Isolation;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Promises;

/// <summary>No answer of a plugin, to whatever call, fills km's memory or the user's screen.</summary>
public sealed class LargeAnswerTests
{
    [Theory]
    [InlineData("Describe")]
    [InlineData("Authenticate")]
    [InlineData("Initialize")]
    [InlineData("Deliver")]
    public async Task A_real_answer_of_hundreds_of_megabytes_breaks_the_contract_and_costs_km_nothing(string call)
    {
        using var home = await HostileHome.CreateAsync(isOrdinary: false, $"large {call}");
        await using var km = home.Monitor();
        await HostileHome.WorksAsync(km);
        await Wait.ForAsync(() => km.Errors.Contains("[PLG_RUN_007]", StringComparison.Ordinal), () => km.Errors);
        await HostileHome.WorksAsync(km);
        Assert.InRange(Peak(km), 1, HundredsOfMegabytes / 2);
        Assert.Equal(0, await km.FinishAsync());
    }

    [Theory]
    [InlineData("Describe")]
    [InlineData("Authenticate")]
    [InlineData("Initialize")]
    public async Task A_text_just_below_the_limit_is_cut_before_it_is_printed_or_recorded(string call)
    {
        using var home = await HostileHome.CreateAsync(isOrdinary: false, $"text {call}");
        await using var km = home.Monitor();
        await HostileHome.WorksAsync(km);
        await Wait.ForAsync(() => km.Errors.Contains("[PLG_", StringComparison.Ordinal), () => km.Errors);
        Assert.Equal(0, await km.FinishAsync());
        Assert.DoesNotContain(new string('x', 2001), km.Errors, StringComparison.Ordinal);
        var log = Path.Combine(home.Path, "audit", "audit.jsonl");
        Assert.DoesNotContain(
            new string('x', 2001),
            await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );
    }

    /// <summary>What the plugin sends, in kB.</summary>
    private const long HundredsOfMegabytes = 400L << 10;

    private static long Peak(KmProcess km) =>
        long.Parse(
            File.ReadLines($"/proc/{km.Id}/status")
                .Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture
        );
}
