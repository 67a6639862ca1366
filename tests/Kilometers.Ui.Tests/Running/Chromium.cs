using Microsoft.Playwright;

namespace Kilometers.Ui.Tests.Running;

/// <summary>The system's Chromium, driven by Playwright; one for all tests.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] Paths = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    /// <summary>When to give up, in milliseconds: far more than anything here takes, also on a busy machine.</summary>
    private const float Limit = 180_000;

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (Array.Find(Paths, File.Exists) is not { } program)
            return;
        Assertions.SetDefaultExpectTimeout(Limit);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions
            {
                ExecutablePath = program,
                // The tests may run as root, where Chromium's own sandbox does not; nothing but our pages is opened.
                Args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
                Timeout = Limit,
            }
        );
    }

    /// <summary>Opens the pages in a browser of their own; skips the test, by name, where there is no Chromium.</summary>
    internal async Task<BrowserPage> OpenAsync(UiProgram ui, string path = "", int width = 1024, ColorScheme scheme = ColorScheme.Light)
    {
        Assert.SkipWhen(_browser is null, "Chromium is not installed (./test.sh installs Debian's)");
        var context = await _browser!.NewContextAsync(
            new BrowserNewContextOptions
            {
                ViewportSize = new ViewportSize { Width = width, Height = 800 },
                ColorScheme = scheme,
            }
        );
        context.SetDefaultTimeout(Limit);
        var page = await BrowserPage.OpenAsync(context, ui, path);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}
