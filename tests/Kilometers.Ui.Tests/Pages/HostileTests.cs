using Kilometers.Ui.Tests.Running;
using Microsoft.Playwright;

namespace Kilometers.Ui.Tests.Pages;

/// <summary>Sessions whose server, client and traffic were written by somebody who attacks the pages.</summary>
public sealed class HostileTests(Chromium browser) : IDisposable
{
    private const string Key = "01KB000000000000000000AAAA";
    private const string Script = """"><script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>'"""";
    private const string Bidi = "safe\u202Egnp.exe\u2066\u200B\u0000\u001b[31m";

    private readonly RecordedFolder _recorded = new();

    public void Dispose() => _recorded.Dispose();

    [Fact]
    public async Task Nothing_that_was_recorded_becomes_markup_or_reorders_text()
    {
        var arguments = System.Text.Json.JsonSerializer.Serialize(
            new Dictionary<string, string> { [Script] = Bidi, ["__proto__"] = Script }
        );
        using (var session = _recorded.Session(Key, Script, RecordedFolder.Start))
            session
                .Initialize(Script, Bidi)
                .Tools((Script, Bidi))
                .Call(Script, 5, arguments, Script, "tool_error")
                .Call(Bidi, 5, arguments, Bidi)
                .Line(Script)
                .NotJson(Bidi + Script)
                .Event("notice", (Script, Script))
                .End(1, Script);
        using (var session = _recorded.Session("01KB000000000000000000BBBB", Script, RecordedFolder.Start.AddHours(1)))
            session.Tools((Script, Script + Bidi)).End();

        using var found = new FoundFolder()
            .Alarm(Key, 4, Script, Bidi, RecordedFolder.Start)
            .Finding(Key, 4, Script, $"tools/call '{Script}'", Script + Bidi, RecordedFolder.Start);
        await using var ui = await UiProgram.StartAsync(_recorded.Folder, found.Options);
        await using var opened = await browser.OpenAsync(ui);
        foreach (
            var path in (string[])
                [
                    "",
                    "sessions/" + Key,
                    $"sessions/{Key}/tools",
                    $"sessions/{Key}/charts",
                    $"sessions/{Key}/notes",
                    $"sessions/{Key}/findings",
                    "findings?since=36500d",
                    "findings?since=36500d&tool=" + Uri.EscapeDataString(Script),
                    "calls/1",
                    "calls/2",
                    "calls/3",
                    "calls/2/messages/0",
                    "tools?since=36500d",
                    "charts?since=36500d",
                    "definitions",
                    "definitions/1",
                    "definitions/2",
                    "definitions/2/raw",
                    "search?q=alert",
                    "search?q=" + Uri.EscapeDataString(Script),
                    "?server=" + Uri.EscapeDataString(Script),
                    "sessions/" + Uri.EscapeDataString(Script),
                    $"sessions/{Key}?q=" + Uri.EscapeDataString(Script),
                ]
        )
        {
            var response = await opened.Page.GotoAsync(new Uri(ui.Address, path).ToString());
            Assert.True(response!.Status is 200 or 404, path + ": " + response.Status);
            Assert.Equal(0, await opened.Page.Locator("main script, main img, main svg[onload]").CountAsync());
            if (response.Headers["content-type"].StartsWith("text/plain", StringComparison.Ordinal))
                continue;
            var text = await opened.Page.EvaluateAsync<string>("() => document.title + document.body.innerText");
            Assert.True(text.All(one => one is not ('\u202e' or '\u2066' or '\u200b' or '\u001b' or '\0')), path);
        }

        await opened.Page.GotoAsync(new Uri(ui.Address, "calls/3").ToString());
        await Assertions.Expect(opened.Page.GetByText("U+202E").First).ToBeVisibleAsync();
        Assert.Null(await opened.Page.EvaluateAsync<object?>("() => window.__proto__.polluted ?? null"));

        // A page that does not exist is an error of the network for the console, and no other trouble.
        opened.AssertNoTrouble(except: "404");
    }

    [Fact]
    public async Task Huge_and_deep_values_are_cut_and_the_whole_is_one_click_away()
    {
        var deep = new string('[', 2000) + new string(']', 2000);
        var many = "[" + string.Join(',', Enumerable.Range(0, 50_000)) + "]";
        using (var session = _recorded.Session(Key, "files"))
            session
                .Call("big", 5, $$"""{"text":"{{new string('x', 3_000_000)}}"}""")
                .Call("many", 5, $$"""{"list":{{many}} }""")
                .Call("deep", 5, $$"""{"list":{{deep}} }""")
                .End();
        await using var ui = await UiProgram.StartAsync(_recorded.Folder);
        using var client = await ui.EnterAsync();
        foreach (var call in (int[])[1, 2, 3])
        {
            var page = await client.GetStringAsync(new Uri($"/calls/{call}", UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.InRange(page.Length, 1000, 1_000_000);
            Assert.True(call == 3 || page.Contains("more", StringComparison.Ordinal));
            var raw = await client.GetStringAsync(
                new Uri($"/calls/{call}/messages/0", UriKind.Relative),
                TestContext.Current.CancellationToken
            );
            Assert.EndsWith("} }", raw, StringComparison.Ordinal);
        }
    }
}
