using System.Diagnostics;
using System.Text.Json;

namespace Kilometers.RedactionBench;

/// <summary>Talks to a real MCP server over stdio and keeps every line that passes, in both directions.</summary>
internal sealed class Recorder(TextWriter output) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private Process? _server;
    private int _id;

    /// <param name="command">The server's program and arguments.</param>
    /// <param name="calls">One request per line: the method, a blank, its parameters as JSON.</param>
    public async Task RecordAsync(string[] command, IEnumerable<string> calls)
    {
        _server = Process.Start(
            new ProcessStartInfo(command[0], command[1..])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        _server.ErrorDataReceived += static (_, _) => { };
        _server.BeginErrorReadLine();
        await RequestAsync(
            "initialize",
            """{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"bench","version":"1.0"}}"""
        );
        await SendAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
        foreach (var method in new[] { "tools/list", "prompts/list", "resources/list", "resources/templates/list" })
            await RequestAsync(method, "{}");
        foreach (var call in calls)
        {
            if (call.Split(' ', 2) is [var method, var parameters])
                await RequestAsync(method, parameters);
        }
        _server.StandardInput.Close();
        await _server.WaitForExitAsync(new CancellationTokenSource(Patience).Token);
    }

    public void Dispose()
    {
        if (_server is { HasExited: false })
            _server.Kill(entireProcessTree: true);
        _server?.Dispose();
    }

    private async Task RequestAsync(string method, string parameters)
    {
        var id = ++_id;
        await SendAsync($$"""{"jsonrpc":"2.0","id":{{id}},"method":"{{method}}","params":{{parameters}}}""");
        using var timeout = new CancellationTokenSource(Patience);
        while (await _server!.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
        {
            await output.WriteLineAsync(line);
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            if (
                !root.TryGetProperty("method", out _)
                && root.TryGetProperty("id", out var answered)
                && answered.ValueKind == JsonValueKind.Number
                && answered.GetInt32() == id
            )
                return;
        }
        throw new IOException($"The server ended before it answered {method}.");
    }

    private async Task SendAsync(string line)
    {
        await output.WriteLineAsync(line);
        await _server!.StandardInput.WriteLineAsync(line);
        await _server.StandardInput.FlushAsync();
    }
}
