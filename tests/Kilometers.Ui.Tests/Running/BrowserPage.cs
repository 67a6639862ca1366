using Microsoft.Playwright;

namespace Kilometers.Ui.Tests.Running;

/// <summary>A page in a browser, with everything that must never happen in one: a request to another place, a script's error, a breach of the policy.</summary>
internal sealed class BrowserPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _troubles = [];

    private BrowserPage(IBrowserContext context, IPage page) => (_context, Page) = (context, page);

    public IPage Page { get; }

    public static async Task<BrowserPage> OpenAsync(IBrowserContext context, UiProgram ui, string path)
    {
        var opened = new BrowserPage(context, await context.NewPageAsync());
        var page = opened.Page;
        page.PageError += (_, error) => opened.Add("script: " + error);
        page.Dialog += (_, dialog) => opened.Add("dialog: " + dialog.Message);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                opened.Add($"{message.Type}: {message.Text} {message.Location}");
        };
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(ui.Address.ToString(), StringComparison.Ordinal))
                opened.Add("request: " + request.Url);
        };
        await page.GotoAsync(ui.EntryUrl);

        // The entry goes on to the page by itself. Waiting for that navigation can miss it, if it has just begun.
        await Assertions.Expect(page.Locator("main")).ToBeVisibleAsync();
        if (path.Length > 0)
            await page.GotoAsync(new Uri(ui.Address, path).ToString());

        // Its script runs before that, and takes keys from then on. The page is asked: Playwright's own count of events can miss the one of a page
        // that comes in the place of the entry just then.
        await opened.WaitForLoadAsync();
        return opened;
    }

    /// <summary>Waits until the page is loaded.</summary>
    public Task WaitForLoadAsync() => Page.WaitForFunctionAsync("() => document.readyState === 'complete'");

    /// <param name="except">Troubles with this text are expected.</param>
    public void AssertNoTrouble(string? except = null)
    {
        lock (_troubles)
            Assert.Equal(
                "",
                string.Join('\n', _troubles.FindAll(trouble => except is null || !trouble.Contains(except, StringComparison.Ordinal)))
            );
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    private void Add(string trouble)
    {
        lock (_troubles)
            _troubles.Add(trouble);
    }
}
