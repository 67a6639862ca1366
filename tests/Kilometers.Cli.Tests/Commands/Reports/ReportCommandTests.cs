using System.Text.Json;

namespace Kilometers.Cli.Tests.Commands.Reports;

/// <summary><c>km report</c> as users run it.</summary>
public sealed class ReportCommandTests : IDisposable
{
    private readonly CollectedFigures _figures = new();

    public void Dispose() => _figures.Dispose();

    [Fact]
    public async Task Without_figures_it_says_how_to_get_them()
    {
        var (status, output, errors) = await RealKm.RunAsync(_figures.Home, "report");
        Assert.Equal((1, ""), (status, output));
        Assert.Contains("[ANA_FIL_001]", errors, StringComparison.Ordinal);
        Assert.Contains("km plugins install analytics", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_file_is_named_with_what_to_do()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_figures.Home, "state", "analytics", "analytics.db"),
            new string('x', 2000),
            TestContext.Current.CancellationToken
        );
        var (status, _, errors) = await RealKm.RunAsync(_figures.Home, "report", "--json");
        Assert.Equal(1, status);
        Assert.Contains("[ANA_FIL_002]", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_shows_all_a_server_or_a_session()
    {
        _figures
            .With("0000000000000000000000001111aaaa", "files", "read", 10)
            .With("0000000000000000000000002222aaaa", "web", "fetch", 20)
            .With("0000000000000000000000003333aaaa", "web", "fetch", 40, days: 20);
        Assert.Equal(30, await CallsAsync());
        Assert.Equal(70, await CallsAsync("--since", "30d"));
        Assert.Equal(20, await CallsAsync("web"));
        Assert.Equal(40, await CallsAsync("00003333"));
        Assert.Equal(40, await CallsAsync("-3"));

        var (status, _, errors) = await RealKm.RunAsync(_figures.Home, "report", "nothing");
        Assert.Equal(1, status);
        Assert.Contains("[ANA_SES_001]", errors, StringComparison.Ordinal);
        Assert.Contains("files, web", errors, StringComparison.Ordinal);
        (_, _, errors) = await RealKm.RunAsync(_figures.Home, "report", "0000");
        Assert.Contains("'0000' matches 3 sessions", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_writes_tables_JSON_and_a_page()
    {
        _figures.With("one", "files", "read", 10, unused: ["write"]);
        var (status, output, _) = await RealKm.RunAsync(_figures.Home, "report");
        Assert.Equal(0, status);
        Assert.Contains("10 calls in 1 session, 1 failed (10 %).", output, StringComparison.Ordinal);

        var report = await ReportAsync();
        var tool = report.GetProperty("tools")[0];
        Assert.Equal(("read", "files"), (tool.GetProperty("name").GetString(), tool.GetProperty("server").GetString()));
        var calls = tool.GetProperty("calls");
        Assert.Equal(1, calls.GetProperty("errorKinds").GetProperty("timeout").GetInt32());
        var histogram = calls.GetProperty("latencyHistogram");
        Assert.Equal(10, histogram.GetProperty("bucketCounts").EnumerateArray().Sum(count => count.GetInt32()));
        Assert.Equal("write", report.GetProperty("servers")[0].GetProperty("neverUsed")[0].GetString());
        Assert.Equal("never-used", report.GetProperty("findings")[0].GetProperty("kind").GetString());

        var page = Path.Combine(_figures.Home, "report.html");
        Assert.Equal(0, (await RealKm.RunAsync(_figures.Home, "report", "--format", "html", "-o", page)).Status);
        Assert.Equal((await RealKm.RunAsync(_figures.Home, "report", "--format", "html")).Output.Length, new FileInfo(page).Length);
        (status, _, var errors) = await RealKm.RunAsync(_figures.Home, "report", "--format", "html", "-o", page);
        Assert.Equal(1, status);
        Assert.Contains("--force", errors, StringComparison.Ordinal);
        (status, _, errors) = await RealKm.RunAsync(_figures.Home, "report", "-o", page);
        Assert.NotEqual(0, status);
        Assert.Contains("[CFG_ARG_001]", errors, StringComparison.Ordinal);
    }

    private async Task<int> CallsAsync(params string[] arguments) =>
        (await ReportAsync(arguments)).GetProperty("total").GetProperty("count").GetInt32();

    private async Task<JsonElement> ReportAsync(params string[] arguments)
    {
        var (status, output, errors) = await RealKm.RunAsync(_figures.Home, ["report", .. arguments, "--json"]);
        Assert.True(status == 0, errors);
        return JsonElement.Parse(output);
    }
}
