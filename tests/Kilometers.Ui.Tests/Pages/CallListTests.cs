using System.Text.RegularExpressions;
using Kilometers.Ui.Tests.Running;
using Microsoft.Playwright;

namespace Kilometers.Ui.Tests.Pages;

/// <summary>The calls of a session, of which only those in view are in the page.</summary>
public sealed class CallListTests(Chromium browser) : IDisposable
{
    private const string Key = "01KB000000000000000000AAAA";
    private readonly RecordedFolder _recorded = new();

    public void Dispose() => _recorded.Dispose();

    [Fact]
    public async Task A_long_session_scrolls_to_its_end_and_keys_move_through_it()
    {
        const int Calls = 5000;
        using (var session = _recorded.Session(Key, "files"))
        {
            session.Initialize();
            for (var call = 1; call <= Calls; call++)
                session.Call("tool_" + call, 2);
            session.End();
        }

        await using var ui = await UiProgram.StartAsync(_recorded.Folder);
        await using var opened = await browser.OpenAsync(ui, "sessions/" + Key);
        var list = opened.Page.GetByRole(AriaRole.Table, new() { Name = "Calls" });
        await Assertions.Expect(list.GetByText("tool_1", new() { Exact = true })).ToBeVisibleAsync();
        await list.EvaluateAsync("list => list.scrollTop = list.scrollHeight");
        await Assertions.Expect(list.GetByText("tool_" + Calls, new() { Exact = true })).ToBeVisibleAsync();
        await list.EvaluateAsync("list => list.scrollTop = list.scrollHeight / 2");
        await Assertions.Expect(list.GetByText("tool_2505", new() { Exact = true })).ToBeVisibleAsync();
        Assert.InRange(await list.Locator(".body [role=row]").CountAsync(), 5, 100);

        await list.EvaluateAsync("list => list.scrollTop = 0");
        await Assertions.Expect(list.GetByText("tool_1", new() { Exact = true })).ToBeVisibleAsync();
        for (var press = 1; press <= 150; press++)
            await opened.Page.Keyboard.PressAsync("j");
        await Assertions.Expect(list.GetByText("tool_150", new() { Exact = true })).ToBeFocusedAsync();
        await Assertions.Expect(list.GetByText("tool_150", new() { Exact = true })).ToBeInViewportAsync();
        await opened.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(opened.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("tool_150");
        await opened.Page.Keyboard.PressAsync("j");
        await Assertions.Expect(opened.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("tool_151");
        await opened.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(list).ToBeVisibleAsync();
        opened.AssertNoTrouble();
    }

    [Fact]
    public async Task Filters_are_those_of_km_logs_and_wrong_ones_are_explained()
    {
        using (var session = _recorded.Session(Key, "files"))
            session
                .Initialize()
                .Call("read_file", 2)
                .Call("read_file", 400, error: "tool_error", result: "permission denied")
                .Call("write_file", 3)
                .End();
        await using var ui = await UiProgram.StartAsync(_recorded.Folder);
        await using var opened = await browser.OpenAsync(ui, "sessions/" + Key);
        var rows = opened.Page.Locator(".list .body [role=row]");
        await Assertions.Expect(rows).ToHaveCountAsync(3);
        foreach (var (filter, count) in ((string, int)[])[("tool:read_*", 2), ("status:error", 1), ("slower:200ms", 1), ("permission", 1)])
        {
            await opened.Page.Keyboard.PressAsync("/");
            await opened.Page.Keyboard.TypeAsync(filter);
            await opened.Page.Keyboard.PressAsync("Enter");

            // Not by waiting for the navigation, which may have begun already.
            await Assertions.Expect(opened.Page).ToHaveURLAsync(new Regex("q=" + filter[..4]));
            await opened.WaitForLoadAsync();
            await Assertions.Expect(rows).ToHaveCountAsync(count);
        }

        await opened.Page.Keyboard.PressAsync("/");
        await opened.Page.Keyboard.TypeAsync("slower:fast");
        await opened.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(opened.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("'fast' is not a duration");
        opened.AssertNoTrouble();
    }

    [Fact]
    public async Task A_call_without_an_answer_shows_its_age_and_gets_its_answer_while_the_page_is_open()
    {
        using var session = _recorded.Session(Key, "files", TimeProvider.System.GetUtcNow());
        session.Initialize().Call("read_file", 2);
        var pending = session.Request("tools/call", "slow", """{"name":"slow"}""");
        await using var ui = await UiProgram.StartAsync(_recorded.Folder);
        await ui.TellRunningAsync(Key);
        await using var opened = await browser.OpenAsync(ui, "sessions/" + Key);
        var row = opened.Page.Locator(".list .body [role=row]", new() { HasText = "slow" });
        await Assertions.Expect(row).ToContainTextAsync("pending");
        await Assertions.Expect(row.Locator(".age")).ToHaveTextAsync(new Regex("\\d+ (s|min)|\\d+\\.\\d s"));
        session.Answer(pending, 1234, """{"content":[]}""");
        await Assertions.Expect(row).ToContainTextAsync("ok");
        await Assertions.Expect(row.Locator(".age")).ToHaveTextAsync("1234 ms");
        session.Call("later", 2);
        await Assertions.Expect(opened.Page.Locator(".list .body [role=row]")).ToHaveCountAsync(3);
        opened.AssertNoTrouble();
    }
}
