using System.Net;
using System.Text.Json;
using Kilometers.Api.Configuration;
using Kilometers.Contracts.Api;
using TestEventServer;

namespace Kilometers.IngestBench;

/// <summary>From bytes on a socket to durable events and an answer.</summary>
internal static class HttpBench
{
    private const int Connections = 8;

    public static async Task<string> RunAsync(DatabaseOptions database, int count)
    {
        await using var server = await EventServer.StartAsync(database, new EventOptions(), TimeProvider.System);
        await SendAsync(server.Address, Bodies(count / 2));
        var bodies = Bodies(count);
        using var measured = new Measured();
        measured.Begin();
        await SendAsync(server.Address, bodies);
        return measured.End("http", count);
    }

    private static List<byte[]> Bodies(int count) =>
        [
            .. Batches
                .Make(count)
                .Select(batch => JsonSerializer.SerializeToUtf8Bytes(Batches.BatchOf(batch), ApiEventJsonContext.Default.EventBatch)),
        ];

    private static async Task SendAsync(Uri address, List<byte[]> bodies)
    {
        using var client = new HttpClient { BaseAddress = address };
        client.DefaultRequestHeaders.Add(EventServer.CallerHeader, $"{Batches.Customer} Pro api_logging");
        var next = -1;
        await Task.WhenAll(
            Enumerable
                .Range(0, Connections)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        while (Interlocked.Increment(ref next) is var i && i < bodies.Count)
                        {
                            using var content = new ByteArrayContent(bodies[i]);
                            using var answer = await client.PostAsync("/api/events/batch", content);
                            if (answer.StatusCode != HttpStatusCode.Accepted)
                                throw new InvalidOperationException($"{answer.StatusCode}");
                        }
                    })
                )
        );
    }
}
