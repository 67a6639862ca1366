using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;

// km-pages-bench ENTRY ROUNDS paint PATH...: opens pages of km ui in Chromium and prints, for each, the median of the milliseconds until
//   its first content is painted.
// km-pages-bench ENTRY ROUNDS scroll PATH: scrolls a list of calls, by the wheel's speed and by long jumps, and prints what that takes.
// ENTRY is the address that km ui prints, with its token, which it takes once. SESSION in a path is the newest session.
string[] programs = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
var (entry, rounds, what, paths) = (new Uri(args[0]), int.Parse(args[1], CultureInfo.InvariantCulture), args[2], args[3..]);
using var playwright = await Playwright.CreateAsync();
await using var browser = await playwright.Chromium.LaunchAsync(
    new BrowserTypeLaunchOptions
    {
        ExecutablePath = Array.Find(programs, File.Exists) ?? throw new InvalidOperationException("Chromium is not installed"),

        // The bench may run as root, where Chromium's own sandbox does not; nothing but our pages is opened.
        Args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
    }
);
await using var context = await browser.NewContextAsync(
    new BrowserNewContextOptions
    {
        ViewportSize = new ViewportSize { Width = 1280, Height = 800 },
    }
);
context.SetDefaultTimeout(180_000);
var page = await context.NewPageAsync();
await page.GotoAsync(entry.ToString());
await page.Locator("main").WaitForAsync();
var newest = await page.Locator("main a[href^='/sessions/']").First.GetAttributeAsync("href");
foreach (var path in paths)
{
    var address = new Uri(entry, "/" + path.Replace("SESSION", newest![1..], StringComparison.Ordinal)).ToString();
    if (what == "paint")
        Console.WriteLine($"{path} {await FirstPaintAsync(address)}");
    else
        await ScrollAsync(address);
}

async Task<string> FirstPaintAsync(string address)
{
    const string Script = """
        () => new Promise(done => new PerformanceObserver(list => {
          const [found] = list.getEntriesByName("first-contentful-paint");
          if (found) done(found.startTime);
        }).observe({ type: "paint", buffered: true }))
        """;
    var times = new List<double>();
    for (var round = 0; round <= rounds; round++)
    {
        var opened = await context.NewPageAsync();
        await opened.GotoAsync(address);
        var time = await opened.EvaluateAsync<double>(Script);

        // The first one finds nothing in the caches.
        if (round > 0)
            times.Add(time);
        await opened.CloseAsync();
    }

    return Number(Median(times));
}

async Task ScrollAsync(string address)
{
    // Frames come when the browser shows one; a frame that takes twice as long as the usual one has dropped the next.
    const string Script = """
        async ({ frames, way }) => {
          const box = document.querySelector("[data-list]");
          const long = [];
          const observer = new PerformanceObserver(list => long.push(...list.getEntries().map(one => one.duration)));
          observer.observe({ type: "longtask" });
          const next = () => new Promise(requestAnimationFrame);
          const path = box.scrollHeight - box.clientHeight;
          const seen = new Set();
          const gaps = [];
          let waited = [];
          await next();
          let before = await next();
          if (way === "jump")
            for (let i = 0; i < frames; i++) {
              const start = performance.now();
              box.scrollTop = path * ((i * 0.618034) % 1);
              await next();
              while (!box.querySelector(".body [role=row]") || performance.now() - start < 1 || !isFull()) await next();
              waited.push(performance.now() - start);
            }
          else
            for (let i = 0; i < frames; i++) {
              if (way === "wheel") box.scrollTop += 40;
              const now = await next();
              gaps.push(now - before);
              before = now;
              for (const row of box.querySelectorAll(".body [role=row]")) seen.add(row.dataset.at);
            }
          observer.takeRecords().forEach(one => long.push(one.duration));
          observer.disconnect();
          return { gaps, long, waited, rows: seen.size };

          // Whether the rows in view are there, not only places for them.
          function isFull() {
            const { top, bottom } = box.getBoundingClientRect();
            const rows = [...box.querySelectorAll(".body [role=row]")].map(row => row.getBoundingClientRect()).filter(row => row.bottom > top && row.top < bottom);
            return rows.reduce((sum, row) => sum + row.height, 0) > (bottom - top) * 0.9;
          }
        }
        """;
    const int Frames = 300;
    await page.GotoAsync(address);
    await page.Locator("[data-list] .body [role=row]").First.WaitForAsync();
    var devices = await context.NewCDPSessionAsync(page);
    await devices.SendAsync("Performance.enable");
    var results = new Dictionary<string, List<JsonElement>>();
    var busy = new Dictionary<string, List<double>>();

    // Standing still is what the machine itself can do just now: the ways take turns.
    for (var round = 0; round < rounds; round++)
        foreach (var way in new[] { "still", "wheel", "jump" })
        {
            var before = await BusyAsync(devices);
            var frames = way == "jump" ? 30 : Frames;
            var result = await page.EvaluateAsync<JsonElement>(Script, new { frames, way });
            Of(busy, way).Add((await BusyAsync(devices) - before) * 1000 / frames);
            Of(results, way).Add(result);
        }

    foreach (var way in new[] { "still", "wheel" })
    {
        var gaps = results[way].SelectMany(result => Numbers(result, "gaps")).ToList();
        var longest = results[way].SelectMany(result => Numbers(result, "long")).ToList();
        Console.WriteLine($"{way}_frames_per_second {Number(1000 / gaps.Average())}");
        Console.WriteLine($"{way}_dropped {Number(gaps.Sum(gap => Math.Max(0, Math.Round(gap * 60 / 1000) - 1)) * 100 / gaps.Count)}");
        Console.WriteLine($"{way}_long_tasks {longest.Count}");
        Console.WriteLine($"{way}_busy {Number(Median(busy[way]))}");
    }

    Console.WriteLine($"wheel_rows {Number(results["wheel"].Average(result => result.GetProperty("rows").GetDouble()))}");
    var waited = results["jump"].SelectMany(result => Numbers(result, "waited")).ToList();
    Console.WriteLine($"jump_wait {Number(Median(waited))}");
    Console.WriteLine($"jump_worst {Number(waited.Max())}");
}

// Seconds that the page's own thread has worked until now.
static async Task<double> BusyAsync(ICDPSession devices)
{
    var metrics = await devices.SendAsync("Performance.getMetrics");
    return metrics!
        .Value.GetProperty("metrics")
        .EnumerateArray()
        .Single(metric => metric.GetProperty("name").GetString() == "TaskDuration")
        .GetProperty("value")
        .GetDouble();
}

static List<T> Of<T>(Dictionary<string, List<T>> lists, string name) => lists.TryGetValue(name, out var list) ? list : lists[name] = [];

static IEnumerable<double> Numbers(JsonElement result, string name) =>
    result.GetProperty(name).EnumerateArray().Select(one => one.GetDouble());

static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

static string Number(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
