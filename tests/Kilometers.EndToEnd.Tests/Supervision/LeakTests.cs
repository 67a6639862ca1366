using System.Globalization;
using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Supervision;

/// <summary>Restarts leave nothing behind in the host: a session may last for weeks.</summary>
public sealed class LeakTests(ITestOutputHelper output)
{
    /// <summary>
    /// Enough for what leaks one of anything per restart to stand out, and a matter of seconds with published plugins. <c>bench/recovery.sh</c>
    /// does a thousand; so does this, where <c>KM_TEST_RESTARTS</c> says so. Plugins that are compiled at each start take far longer: fewer of them.
    /// </summary>
    private static readonly int Restarts =
        int.TryParse(
            Environment.GetEnvironmentVariable("KM_TEST_RESTARTS"),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var number
        )
            ? number
        : Programs.ArePublished ? 100
        : 40;

    [Fact]
    public async Task A_plugin_that_is_killed_again_and_again_leaves_nothing_behind()
    {
        await using var host = KmProcess.Start(
            Programs.HostBench,
            ["restarts", Programs.ConsoleLogger, Restarts.ToString(CultureInfo.InvariantCulture)]
        );
        var line = await host.WaitForLineAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(0, await host.ExitAsync());
        output.WriteLine(line);
        var result = JsonElement.Parse(line);
        Assert.Equal(Restarts, result.GetProperty("restarts").GetInt32());

        // The pools of threads and buffers grow and shrink by a few, whatever happens; one per restart is another matter.
        IsFlat("descriptors", 6);
        IsFlat("sockets", 2);
        IsFlat("threads", 6);
        IsFlat("children", 0);
        IsFlat("files", 0);
        // Memory is compared with what the host needed after its first restarts; how much that is depends on the machine. This host is not
        // published: its compiler is still at work, and keeps what it made. bench/recovery.sh has the figures.
        IsFlat("managed_kb", Before("managed_kb"));
        IsFlat("resident_kb", Before("resident_kb") / 2);

        long Before(string what) => result.GetProperty(what + "_before").GetInt64();

        void IsFlat(string what, long growth)
        {
            var after = result.GetProperty(what + "_after").GetInt64();
            Assert.True(after - Before(what) <= growth, $"{what} grew from {Before(what)} to {after} in {Restarts} restarts");
        }
    }
}
