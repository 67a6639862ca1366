using Kilometers.Ui.Tests.Running;
using Microsoft.Playwright;

namespace Kilometers.Ui.Tests.Pages;

/// <summary>What guard and analytics found, beside the calls.</summary>
public sealed class FindingsTests(Chromium browser) : IDisposable
{
    private const string Key = "01KB000000000000000000AAAA";
    private const string OtherKey = "01KB000000000000000000BBBB";
    private readonly DateTimeOffset _start = TimeProvider.System.GetUtcNow().AddMinutes(-5);
    private readonly RecordedFolder _recorded = new();
    private readonly FoundFolder _found = new();

    public void Dispose()
    {
        _recorded.Dispose();
        _found.Dispose();
    }

    [Fact]
    public async Task Calls_their_pages_and_their_tools_lead_to_what_was_found_with_them()
    {
        // A call's request and its answer have a position each.
        using (var session = _recorded.Session(Key, "files", _start))
            session.Call("read_file", 2).Call("send_mail", 3).Call("list", 4).End();
        using (var session = _recorded.Session(OtherKey, "files", _start))
            session.Call("read_file", 2).End();
        _found
            .Alarm(Key, 1, "files", "read_file", _start.AddMinutes(1))
            .Finding(Key, 3, "files", "tools/call 'send_mail'", "sends a key of AWS", _start.AddMinutes(2))
            .Finding(Key, 3, "files", "the result of tools/call 'send_mail'", "has hidden text", _start.AddMinutes(2))
            .Finding(Key, null, "files", "tool 'list', description", "tells the model what to do", _start.AddMinutes(3));
        await using var ui = await UiProgram.StartAsync(_recorded.Folder, _found.Options);
        await using var opened = await browser.OpenAsync(ui, "sessions/" + Key);
        var page = opened.Page;
        var rows = page.Locator(".list .body [role=row]");
        await Assertions.Expect(rows).ToHaveCountAsync(3);
        await Assertions.Expect(rows.Nth(0).Locator(".mark")).ToHaveTextAsync("⚑ slow-call");
        await Assertions.Expect(rows.Nth(1).Locator(".mark")).ToHaveTextAsync("⚑ GRD_TXT_001 +1");
        await Assertions.Expect(rows.Nth(2).Locator(".mark")).ToHaveCountAsync(0);

        await rows.Nth(1).GetByRole(AriaRole.Link).ClickAsync();
        var findings = page.Locator(".findings li");
        await Assertions.Expect(findings).ToHaveCountAsync(2);
        await Assertions.Expect(findings.First).ToContainTextAsync("sends a key of AWS");
        await Assertions.Expect(findings.First).ToContainTextAsync("km guard show files");

        await page.GotoAsync(new Uri(ui.Address, $"sessions/{Key}/findings").ToString());
        await Assertions.Expect(findings).ToHaveCountAsync(4);
        await Assertions.Expect(findings.First).ToContainTextAsync("tool 'list', description tells the model what to do");
        await Assertions.Expect(findings.First.GetByRole(AriaRole.Link)).ToHaveCountAsync(0);
        await findings.Last.GetByRole(AriaRole.Link).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("read_file");
        await Assertions.Expect(findings).ToContainTextAsync("a call took 41 s");

        await page.GotoAsync(new Uri(ui.Address, "tools").ToString());
        await page.GetByRole(AriaRole.Link, new() { Name = "2 findings" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Findings");
        await Assertions.Expect(findings).ToHaveCountAsync(2);
        await page.GotoAsync(new Uri(ui.Address, $"sessions/{OtherKey}/findings").ToString());
        await Assertions.Expect(findings).ToHaveCountAsync(0);
        opened.AssertNoTrouble();
    }

    [Fact]
    public async Task Without_either_plugin_and_with_damaged_files_there_are_only_calls()
    {
        using (var session = _recorded.Session(Key, "files", _start))
            session.Call("read_file", 2).End();
        Directory.CreateDirectory(_found.Analytics);
        await File.WriteAllTextAsync(
            Path.Combine(_found.Analytics, "analytics.db"),
            "not a database",
            TestContext.Current.CancellationToken
        );
        Directory.CreateDirectory(Path.Combine(_found.Guard, "servers"));
        await File.WriteAllTextAsync(Path.Combine(_found.Guard, "servers", "x.json"), "{", TestContext.Current.CancellationToken);
        foreach (
            var options in (string[][])
                [
                    [],
                    _found.Options,
                    ["--analytics", "/nowhere", "--guard", "/nowhere"],
                ]
        )
        {
            await using var ui = await UiProgram.StartAsync(_recorded.Folder, options);
            using var client = await ui.EnterAsync();
            foreach (var path in (string[])["sessions/" + Key, "calls/1", "tools", $"sessions/{Key}/tools"])
            {
                var text = await client.GetStringAsync(path, TestContext.Current.CancellationToken);
                Assert.Contains("read_file", text, StringComparison.Ordinal);
                Assert.DoesNotContain("⚑", text, StringComparison.Ordinal);
            }

            foreach (var path in (string[])["findings", $"sessions/{Key}/findings"])
                Assert.Contains(
                    "Nothing was found",
                    await client.GetStringAsync(path, TestContext.Current.CancellationToken),
                    StringComparison.Ordinal
                );
        }
    }
}
