using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;

namespace Kilometers.Samples.Quickstart;

/// <summary>A real km-api on SQLite, in a folder of its own, and its operator's commands.</summary>
internal sealed class ApiServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _program;
    private readonly Dictionary<string, string> _environment;
    private bool _isDisposed;

    private ApiServer(Process process, string program, string endpoint, Dictionary<string, string> environment)
    {
        _process = process;
        _program = program;
        Endpoint = endpoint;
        _environment = environment;
    }

    public string Endpoint { get; }

    /// <summary>Starts it; the packages that it makes are signed with the publisher's keys.</summary>
    public static async Task<ApiServer> StartAsync(
        string program,
        string folder,
        string keys,
        IReadOnlyDictionary<string, string> environment
    )
    {
        int port;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }

        var endpoint = $"http://127.0.0.1:{port}";
        var own = new Dictionary<string, string>(environment)
        {
            ["KM_API__SigningKeyFolder"] = keys,
            ["KM_API_ENDPOINT"] = endpoint,
            ["KM_API_OPERATOR_KEY_FILE"] = Path.Combine(folder, "operator.key"),
        };
        var start = new ProcessStartInfo(program, ["serve", "--data", folder, "--urls", endpoint])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(folder),
        };
        foreach (var (name, value) in own)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        var ready = new TaskCompletionSource<bool>();
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
                ready.TrySetResult(false);
            else if (line.Data.StartsWith("Listening", StringComparison.Ordinal))
                ready.TrySetResult(true);
        };
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is { } words)
                Console.WriteLine($"  km-api| {words}");
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (await ready.Task.WaitAsync(TimeSpan.FromMinutes(1)))
            return new ApiServer(process, program, endpoint, own);
        throw new InvalidOperationException("km-api ended before it listened");
    }

    /// <summary>Runs <c>km-api admin …</c>.</summary>
    /// <returns>What it printed.</returns>
    public async Task<JsonElement> AdminAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(_program, ["admin", "--json", .. arguments]) { RedirectStandardOutput = true };
        foreach (var (name, value) in _environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"km-api admin {string.Join(' ', arguments)} ended with {process.ExitCode}");
        return JsonSerializer.Deserialize<JsonElement>(output);
    }

    /// <summary>The customer's events, the newest first.</summary>
    public async Task<List<JsonElement>> EventsAsync(string key)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        var page = JsonSerializer.Deserialize<JsonElement>(await http.GetStringAsync($"{Endpoint}/api/events?limit=100"));
        return [.. page.GetProperty("events").EnumerateArray()];
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
