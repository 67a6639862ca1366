using System.Text;
using System.Text.Json;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Observing;
using Microsoft.Extensions.Logging;

namespace Kilometers.TestPlugin;

/// <summary>
/// Uses the network as a message asks, and says in the log what came of it: <c>{"method":"test/fetch","params":{"url":…}}</c> gets an address
/// through <see cref="HostNetwork"/>, one connection for each; <c>{"method":"test/raw","params":{"url":…}}</c> tries to connect by itself.
/// </summary>
internal static class NetworkTrial
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public static async ValueTask TryAsync(ObservedMessage message, ILogger logger, CancellationToken cancellationToken)
    {
        if (message.Method is not ("test/fetch" or "test/raw") || message.Direction != MessageDirection.Inbound)
            return;
        using var document = JsonDocument.Parse(message.Payload);
        var url = document.RootElement.GetProperty("params").GetProperty("url").GetString()!;
        var outcome = await FetchAsync(url, message.Method == "test/fetch", cancellationToken).ConfigureAwait(false);
        logger.LogWarning("{Method} {Url}: {Outcome}", message.Method, url, outcome);
    }

    private static async Task<string> FetchAsync(string url, bool isProvided, CancellationToken cancellationToken)
    {
        try
        {
            using var http = new HttpClient(isProvided ? HostNetwork.CreateHandler() : new SocketsHttpHandler { UseProxy = false })
            {
                Timeout = Limit,
            };
            using var answer = await http.GetAsync(new Uri(url), cancellationToken).ConfigureAwait(false);
            var body = await answer.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            return $"{(int)answer.StatusCode} {Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 100)))} ({body.Length} bytes)";
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            var cause = e;
            while (cause is not HostNetworkException && cause.InnerException is { } inner)
                cause = inner;
            return $"failed {(cause as HostNetworkException)?.Code} {cause.GetType().Name}: {cause.Message.ReplaceLineEndings(" ")}";
        }
    }
}
