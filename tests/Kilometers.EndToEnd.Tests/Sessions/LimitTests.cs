using System.Globalization;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Sessions;

/// <summary>
/// What <see cref="SurroundingsTests"/> shows at single values, at many: from where not even the server runs to where all of km does. What
/// fails between two values that work is what nobody thought of.
/// </summary>
public sealed class LimitTests : IDisposable
{
    /// <summary>
    /// More than the kernel leaves empty at random at the end of a stack (8 KiB), as a variable that only the bare server gets: near the
    /// smallest stack whether a program starts is luck, and km is asked for no more luck than the server.
    /// </summary>
    private static readonly string Margin = $"MARGIN={new string('x', 9 * 1024)}";

    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData("-v", 8_000, 60_000, 100_000, 150_000, 280_000, 700_000, 1_030_000, 1_049_000, 1_055_000, 1_063_000, 1_070_000, 1_080_000)]
    [InlineData("-v", 1_130_000, 1_200_000, 1_300_000, 1_400_000, 1_500_000, 3_000_000, 8_388_607, 8_500_000)]
    [InlineData("-d", 1_000, 5_000, 12_000, 30_000, 65_535, 65_537, 100_000, 2_097_151, 2_200_000)]
    [InlineData("-s", 24, 32, 64, 127, 128, 200, 255, 257)]
    [InlineData("-n", 4, 5, 8, 12, 23, 24, 25, 40, 127, 129)]
    public async Task Under_every_limit_the_server_runs_as_without_km(string option, params int[] limits)
    {
        Assert.SkipUnless(Programs.ArePublished, "only the published km starts there");
        var failed = new List<string>();
        foreach (var limit in limits)
        {
            var shell = string.Create(CultureInfo.InvariantCulture, $"ulimit {option} {limit}; exec");
            var direct = await RunAsync($"export {Margin}; {shell} {EchoSession.Server}");
            if (direct.Output != EchoSession.Messages)
                continue;
            var km = await RunAsync($"{shell} {Programs.Km} monitor --quiet --dev-plugin {Programs.ConsoleLogger} -- {EchoSession.Server}");
            if ((km.Output, km.Status) != (direct.Output, direct.Status))
                failed.Add($"{shell}: status {km.Status} {km.Errors}");
        }

        Assert.Empty(failed);
    }

    [Theory]
    [InlineData("""{"version": 1, "plugins": {"require": [{"name": "watcher"}]}}""", false)]
    [InlineData("""{"version": 1, "plugins": {"\u0072equire": [{"name": "watcher"}]}}""", false)]
    [InlineData("""{"version": 1}""", true)]
    [InlineData("", true)]
    [InlineData(null, true)]
    public async Task Where_dotnet_does_not_start_a_policy_that_may_require_plugins_is_not_evaded(string? policy, bool starts)
    {
        Assert.SkipUnless(Programs.ArePublished, "only the published km starts there");
        var home = _workspace.File("home");
        Directory.CreateDirectory(Path.Combine(home, "config"));
        if (policy is not null)
            await File.WriteAllTextAsync(Path.Combine(home, "config", "policy.json"), policy, TestContext.Current.CancellationToken);
        var marker = _workspace.File("marker");
        var km = await RunAsync($"ulimit -d 5000; exec {Programs.Km} monitor -- /usr/bin/touch {marker}");
        Assert.Equal((starts, starts ? 0 : 1), (File.Exists(marker), km.Status));
        Assert.Contains(starts ? "[MON_RES_001]" : "[MON_HST_003]", km.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--version", 1, "[MON_RES_001]")]
    [InlineData("monitor -- /no/such/server", 127, "[MON_CMD_001]")]
    [InlineData("monitor -- /etc/passwd", 126, "[MON_CMD_002]")]
    public async Task Where_dotnet_does_not_start_one_line_says_what_that_means(string arguments, int status, string code)
    {
        Assert.SkipUnless(Programs.ArePublished, "only the published km starts there");
        var km = await RunAsync($"ulimit -d 5000; exec {Programs.Km} {arguments}");
        Assert.Equal(status, km.Status);
        Assert.Contains(code, km.Errors, StringComparison.Ordinal);
        Assert.Empty(km.Output);
    }

    private Task<(string Output, string Errors, int Status)> RunAsync(string script) => EchoSession.RunAsync(script, _workspace);
}
