using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Updates;

/// <summary>Serves as a release of km whatever a test gives it: what the real API would refuse to keep, and answers that break off or wait.</summary>
internal sealed class ReleaseServer : IDisposable
{
    private readonly HttpListener _listener;
    private readonly string _version;
    private readonly byte[] _package;
    private readonly Task _serving;

    public ReleaseServer(string version, byte[] package, long sequence = 2)
    {
        (_version, _package, Sequence) = (version, package, sequence);
        (_listener, Endpoint) = LocalHttp.Listen();
        _serving = ServeAsync();
    }

    public string Endpoint { get; }

    public long Sequence { get; }

    /// <summary>After how many bytes the next download breaks off; null: it does not.</summary>
    public int? CutAt { get; set; }

    /// <summary>What the next downloads are changed to.</summary>
    public Func<byte[], byte[]> Change { get; set; } = package => package;

    /// <summary>What a download waits for.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>The first byte that each download asked for.</summary>
    public ConcurrentQueue<long> Downloads { get; } = new();

    public void Dispose()
    {
        // Not Stop and then Close: that binds the port once more, which may be another's by then.
        _listener.Close();
        _serving.Wait(TimeSpan.FromSeconds(10));
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                _ = AnswerAsync(await _listener.GetContextAsync());
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var response = context.Response;
        try
        {
            switch (context.Request.Url!.AbsolutePath)
            {
                case "/api/km/releases":
                    var release = new
                    {
                        id = "kmr_1",
                        version = _version,
                        platform = Accounts.ApiServer.Platform,
                        releaseSequence = Sequence,
                        size = _package.Length,
                        sha256 = Convert.ToHexStringLower(SHA256.HashData(_package)),
                        downloadUrl = "/api/km/download/kmr_1",
                        publishedAt = "2030-01-01T00:00:00Z",
                    };
                    await response.OutputStream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(new { releases = new[] { release } }));
                    break;
                case "/api/km/download/kmr_1":
                    await DownloadAsync(context);
                    return;
                default:
                    response.StatusCode = 204;
                    break;
            }

            response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // The client is gone.
        }
    }

    private async Task DownloadAsync(HttpListenerContext context)
    {
        var response = context.Response;
        var from = RangeHeaderValue.TryParse(context.Request.Headers["Range"], out var range) ? (int)range.Ranges.First().From! : 0;
        Downloads.Enqueue(from);
        await Gate;
        var content = Change(_package)[from..];
        response.StatusCode = range is null ? 200 : 206;
        response.ContentLength64 = content.Length;
        if (CutAt is { } end)
        {
            CutAt = null;
            await response.OutputStream.WriteAsync(content.AsMemory(0, end));
            await response.OutputStream.FlushAsync();
            response.Abort();
            return;
        }

        await response.OutputStream.WriteAsync(content);
        response.Close();
    }
}
