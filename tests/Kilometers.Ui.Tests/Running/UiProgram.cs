using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Kilometers.Ui.Tests.Running;

/// <summary>The real <c>km-ui</c>: the published one where <c>test.sh</c> has published it, else that of the build.</summary>
internal sealed class UiProgram : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly Process _process;

    private UiProgram(Process process, string url) => (_process, EntryUrl) = (process, url);

    /// <summary>The address that works once.</summary>
    public string EntryUrl { get; }

    public Uri Address => new(EntryUrl[..EntryUrl.IndexOf('?', StringComparison.Ordinal)]);

    public static string Path =>
        Environment.GetEnvironmentVariable("KM_TEST_PUBLISH_DIR") is { Length: > 0 } folder
            ? Directory.GetFiles(folder, "km-ui-*").Single()
            : System.IO.Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "km-ui.exe" : "km-ui");

    public static async Task<UiProgram> StartAsync(string folder, params string[] options)
    {
        var process = Process.Start(
            new ProcessStartInfo(Path, [folder, .. options]) { RedirectStandardInput = true, RedirectStandardOutput = true }
        )!;
        using var limit = new CancellationTokenSource(Limit);
        var line = await process.StandardOutput.ReadLineAsync(limit.Token) ?? throw new InvalidOperationException("km-ui printed nothing");
        var start = JsonElement.Parse(line);
        return start.TryGetProperty("url", out var url)
            ? new UiProgram(process, url.GetString()!)
            : throw new InvalidOperationException(start.GetProperty("error").GetString());
    }

    /// <summary>What km tells about running sessions.</summary>
    public async Task TellRunningAsync(params string[] keys)
    {
        await _process.StandardInput.WriteLineAsync(
            string.Create(CultureInfo.InvariantCulture, $$"""{"running":[{{string.Join(',', keys.Select(key => $"\"{key}\""))}}]}""")
        );
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>km is gone.</summary>
    public void CloseInput() => _process.StandardInput.Close();

    public async Task<int> ExitAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>A client that the pages know.</summary>
    public async Task<HttpClient> EnterAsync()
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Address };
        using var response = await client.GetAsync(new Uri(EntryUrl), TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await ExitAsync();
        _process.Dispose();
    }
}
