using Kilometers.Ui.Tests.Running;
using Microsoft.Playwright;

namespace Kilometers.Ui.Tests.Pages;

/// <summary>The list of sessions, which follows what is recorded.</summary>
public sealed class SessionsPageTests(Chromium browser) : IDisposable
{
    private readonly RecordedFolder _recorded = new();

    public void Dispose() => _recorded.Dispose();

    [Fact]
    public async Task Without_recordings_the_page_says_how_to_get_them_and_shows_the_first_session_when_it_comes()
    {
        await using var ui = await UiProgram.StartAsync(_recorded.Folder);
        await using var opened = await browser.OpenAsync(ui);
        await Assertions.Expect(opened.Page.GetByText("km plugins install recorder")).ToBeVisibleAsync();
        using (var session = _recorded.Session("01KB000000000000000000AAAA", "files"))
            session.Initialize().Call("read_file", 12).End();
        await Assertions.Expect(opened.Page.GetByRole(AriaRole.Cell, new() { Name = "files" })).ToBeVisibleAsync();
        opened.AssertNoTrouble();
    }

    [Fact]
    public async Task A_session_appears_and_runs_while_the_page_is_open()
    {
        using (var first = _recorded.Session("01KB000000000000000000AAAA", "files"))
            first.Initialize().Call("read_file", 12).End();
        await using var ui = await UiProgram.StartAsync(_recorded.Folder);
        await using var opened = await browser.OpenAsync(ui);
        await Assertions.Expect(opened.Page.Locator("tbody tr")).ToHaveCountAsync(1);
        using var second = _recorded.Session("01KB000000000000000000BBBB", "memory", RecordedFolder.Start.AddHours(1));
        second.Initialize().Call("create_entities", 3);
        await Assertions.Expect(opened.Page.Locator("tbody tr")).ToHaveCountAsync(2);
        await ui.TellRunningAsync("01KB000000000000000000BBBB");
        await Assertions.Expect(opened.Page.Locator("tbody tr").First).ToContainTextAsync("running");
        opened.AssertNoTrouble();
    }

    [Fact]
    public async Task Keys_move_through_the_rows_and_open_help()
    {
        foreach (var (key, hour) in (string[])["AAAA", "BBBB"] is var keys ? keys.Zip((int[])[1, 2]) : [])
            using (var session = _recorded.Session("01KB000000000000000000" + key, key, RecordedFolder.Start.AddHours(hour)))
                session.Initialize().Call("echo", 1).End();
        await using var ui = await UiProgram.StartAsync(_recorded.Folder);
        await using var opened = await browser.OpenAsync(ui);
        await opened.Page.Keyboard.PressAsync("?");
        await Assertions.Expect(opened.Page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
        await opened.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(opened.Page.GetByRole(AriaRole.Dialog)).ToBeHiddenAsync();
        await opened.Page.Keyboard.PressAsync("j");
        await opened.Page.Keyboard.PressAsync("j");
        await Assertions.Expect(opened.Page.Locator("tbody tr").Nth(1).GetByRole(AriaRole.Link)).ToBeFocusedAsync();
        await opened.Page.Keyboard.PressAsync("k");
        await Assertions.Expect(opened.Page.Locator("tbody tr").First.GetByRole(AriaRole.Link)).ToBeFocusedAsync();
        opened.AssertNoTrouble();
    }
}
