using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Kilometers.Plugins.Otel.Tests;

/// <summary>The dashboard and the rules that come with the documentation name metrics and attributes that there are.</summary>
public sealed partial class DashboardTests
{
    /// <summary>As Prometheus calls them: dots become underscores, and the unit is at the end.</summary>
    private static readonly string[] Metrics =
    [
        "mcp_server_operation_duration_seconds",
        "mcp_client_operation_duration_seconds",
        "mcp_server_session_duration_seconds",
    ];

    private static readonly string[] Labels = ["service_name", "error_type", "gen_ai_tool_name", "mcp_method_name", "le"];

    private static string Folder => Path.Combine(Root(), "docs", "plugins", "otel");

    [Theory]
    [InlineData("grafana-mcp-servers.json")]
    [InlineData("prometheus-rules.yml")]
    public void All_names_are_those_of_the_plugin(string file)
    {
        var text = File.ReadAllText(Path.Combine(Folder, file));
        var names = Metric().Matches(text).Select(match => match.Groups[1].Value).ToHashSet();
        Assert.NotEmpty(names);
        Assert.Subset(Metrics.ToHashSet(), names);
        var labels = Grouping()
            .Matches(text)
            .SelectMany(match => match.Groups[1].Value.Split(','))
            .Concat(Selector().Matches(text).Select(match => match.Groups[1].Value))
            .Select(label => label.Trim())
            .ToHashSet();
        Assert.NotEmpty(labels);
        Assert.Subset(Labels.ToHashSet(), labels);
    }

    [Fact]
    public void Each_panel_of_the_dashboard_asks_for_something_and_has_a_place_of_its_own()
    {
        var panels = JsonElement.Parse(File.ReadAllText(Path.Combine(Folder, "grafana-mcp-servers.json"))).GetProperty("panels");
        Assert.All(panels.EnumerateArray(), panel => Assert.NotEmpty(panel.GetProperty("targets").EnumerateArray()));
        var places = panels.EnumerateArray().Select(panel => panel.GetProperty("gridPos").ToString()).ToList();
        Assert.Equal(places.Count, places.Distinct().Count());
    }

    [Fact]
    public async Task Promtool_accepts_the_rules()
    {
        var program = Environment.GetEnvironmentVariable("KM_TEST_PROMTOOL");
        Assert.SkipWhen(string.IsNullOrEmpty(program), "promtool: KM_TEST_PROMTOOL is not set (./test.sh takes it from Debian's package)");
        using var promtool = Process.Start(
            new ProcessStartInfo(program!, ["check", "rules", Path.Combine(Folder, "prometheus-rules.yml")])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var said = await promtool.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = await promtool.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await promtool.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(promtool.ExitCode == 0, said + errors);
        Assert.Contains("5 rules found", said, StringComparison.Ordinal);
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Km.slnx")))
            folder = Path.GetDirectoryName(folder)!;
        return folder;
    }

    [GeneratedRegex(@"(?<![\w:])(mcp_\w+?_seconds)(?:_count|_bucket|_sum)")]
    private static partial Regex Metric();

    [GeneratedRegex(@"by \(([^)]*)\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"[{,]\s*(\w+)\s*(?:=~|!=|=)\s*\\?""")]
    private static partial Regex Selector();
}
