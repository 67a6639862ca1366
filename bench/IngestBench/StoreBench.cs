using Kilometers.Api.Configuration;
using Kilometers.Api.Events.Ingest;
using Kilometers.Api.Events.Model;
using Microsoft.Extensions.DependencyInjection;
using TestEventServer;

namespace Kilometers.IngestBench;

/// <summary>From checked events to durable ones: the writer and the store, without HTTP and JSON.</summary>
internal static class StoreBench
{
    private const int Waiting = 64;

    public static async Task<string> RunAsync(DatabaseOptions database, int count)
    {
        await using var server = await EventServer.StartAsync(database, new EventOptions(), TimeProvider.System);
        var writer = server.Services.GetRequiredService<IngestWriter>();
        await WriteAsync(writer, Batches.Make(count / 2));
        var batches = Batches.Make(count);
        using var measured = new Measured();
        measured.Begin();
        await WriteAsync(writer, batches);
        return measured.End("store", count);
    }

    private static Task WriteAsync(IngestWriter writer, List<Contracts.Api.EventItem[]> batches)
    {
        var next = -1;
        return Task.WhenAll(
            Enumerable
                .Range(0, Waiting)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        while (Interlocked.Increment(ref next) is var i && i < batches.Count)
                        {
                            var stored = await writer.WriteAsync(
                                [.. batches[i].Select(item => new NewEvent(Batches.Customer, item))],
                                Batches.Size * 1500
                            );
                            if (stored is null || stored.Contains(false))
                                throw new InvalidOperationException("not stored");
                        }
                    })
                )
        );
    }
}
