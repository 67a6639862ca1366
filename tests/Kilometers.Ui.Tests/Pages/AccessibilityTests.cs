using System.Text.Json;
using Kilometers.Ui.Tests.Running;
using Microsoft.Playwright;

namespace Kilometers.Ui.Tests.Pages;

/// <summary>Every page passes axe-core, in light and dark, narrow and wide, and fits its window.</summary>
public sealed class AccessibilityTests(Chromium browser) : IDisposable
{
    private const string Key = "01KB000000000000000000AAAA";
    private readonly RecordedFolder _recorded = new();

    public void Dispose() => _recorded.Dispose();

    [Theory]
    [InlineData(360, ColorScheme.Light)]
    [InlineData(1600, ColorScheme.Dark)]
    public async Task No_page_has_a_serious_fault(int width, ColorScheme scheme)
    {
        var folder = Environment.GetEnvironmentVariable("KM_TEST_NPM_DIR");
        Assert.SkipWhen(string.IsNullOrEmpty(folder), "axe-core: KM_TEST_NPM_DIR is not set (./test.sh installs it where npm is there)");
        var axe = await File.ReadAllTextAsync(
            Path.Combine(folder!, "node_modules", "axe-core", "axe.min.js"),
            TestContext.Current.CancellationToken
        );
        using (var session = _recorded.Session(Key, "a-server-with-a-rather-long-name", TimeProvider.System.GetUtcNow().AddMinutes(-5)))
        {
            session.Initialize().Tools(("read_file", "Reads."), ("never_called", "Is not called."));
            for (var call = 0; call < 40; call++)
                session.Call("read_file", call, $$"""{"path":"/tmp/{{call}}"}""", error: call % 7 == 0 ? "tool_error" : null);
            session.Line("a line of stderr").NotJson("not JSON").End(3, "exit code 3");
        }

        using (
            var session = _recorded.Session(
                "01KB000000000000000000BBBB",
                "a-server-with-a-rather-long-name",
                TimeProvider.System.GetUtcNow()
            )
        )
            session.Initialize().Tools(("read_file", "Reads otherwise.")).Request("tools/call", "read_file", "{}");
        var now = TimeProvider.System.GetUtcNow();
        using var found = new FoundFolder()
            .Alarm(Key, 4, "a-server-with-a-rather-long-name", "read_file", now)
            .Finding(Key, 4, "a-server-with-a-rather-long-name", "tools/call 'read_file'", "reads what it should not", now);
        await using var ui = await UiProgram.StartAsync(_recorded.Folder, found.Options);
        await ui.TellRunningAsync("01KB000000000000000000BBBB");
        await using var opened = await browser.OpenAsync(ui, width: width, scheme: scheme);
        foreach (
            var path in (string[])
                [
                    "",
                    "sessions/" + Key,
                    $"sessions/{Key}/tools",
                    $"sessions/{Key}/diff",
                    $"sessions/{Key}/charts",
                    $"sessions/{Key}/notes",
                    $"sessions/{Key}/findings",
                    "sessions/01KB000000000000000000BBBB",
                    "calls/2",
                    "tools",
                    "charts",
                    "definitions",
                    "definitions/3",
                    "findings",
                    "search",
                    "search?q=tmp",
                    "search?q=slower:x",
                ]
        )
        {
            await opened.Page.GotoAsync(new Uri(ui.Address, path).ToString());
            await opened.Page.EvaluateAsync(axe);
            var result = await opened.Page.EvaluateAsync<JsonElement>(
                "async () => (await axe.run()).violations.filter(one => ['serious', 'critical'].includes(one.impact))"
                    + ".flatMap(one => one.nodes.map(node => `${one.id}: ${node.html} ${node.failureSummary}`))"
            );
            Assert.True(result.GetArrayLength() == 0, $"{path}\n{string.Join('\n', result.EnumerateArray())}");
            var overflow = await opened.Page.EvaluateAsync<int>(
                "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
            );
            Assert.True(overflow <= 0, $"{path} is {overflow} pixels wider than the window");
        }

        opened.AssertNoTrouble();
    }
}
