using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Kilometers.Api.Configuration;
using Kilometers.Api.Tests.Databases;
using Kilometers.Contracts.Api;
using TestEventServer;

namespace Kilometers.Api.Tests.Events;

/// <summary>What was answered with 202 is there, whatever dies in the middle.</summary>
public sealed class CrashTests(PostgresServer shared)
{
    private const int Senders = 6;

    [Fact]
    public async Task Events_are_there_after_PostgreSQL_was_killed()
    {
        await using var postgres = new PostgresServer();
        using var database = await TestDatabase.PostgreSqlAsync(postgres);
        await using var server = await EventServer.StartAsync(database.Options, new EventOptions(), TimeProvider.System);
        await using var senders = new SenderGroup(server.Address);
        for (var round = 0; round < 3; round++)
        {
            await senders.AnsweredAsync(300);
            await postgres.CrashAsync();
            await senders.RefusedAsync();
            await postgres.StartAsync();
        }

        await senders.AnsweredAsync(300);
        await senders.StopAsync();
        await Holds(server.Address, senders);
    }

    [Fact]
    public async Task Events_are_there_after_the_server_with_SQLite_was_killed()
    {
        using var database = TestDatabase.Sqlite();
        await KillServersAsync(database.Options);
    }

    [Fact]
    public async Task Events_are_there_after_the_server_with_PostgreSQL_was_killed()
    {
        using var database = await TestDatabase.PostgreSqlAsync(shared);
        await KillServersAsync(database.Options);
    }

    private static async Task KillServersAsync(DatabaseOptions database)
    {
        var answered = new List<SenderGroup>();
        for (var round = 0; round < 3; round++)
        {
            using var child = ServerProcess.Start(database);
            var senders = new SenderGroup(child.Address);
            await senders.AnsweredAsync(300);
            child.Kill();
            await senders.StopAsync();
            answered.Add(senders);
        }

        await using var server = await EventServer.StartAsync(database, new EventOptions(), TimeProvider.System);
        foreach (var senders in answered)
            await Holds(server.Address, senders);
    }

    private static async Task Holds(Uri address, SenderGroup senders)
    {
        using var client = new EventClient(address);
        var stored = (await client.AllEventsAsync()).Select(item => item.Id).ToList();
        Assert.Equal(stored.Count, stored.Distinct().Count());
        Assert.Empty(senders.Answered.Except(stored));
    }

    /// <summary>Clients that send one batch after the other, each again until it is answered.</summary>
    private sealed class SenderGroup : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly ConcurrentQueue<Guid> _answered = new();
        private readonly List<Task> _running;
        private int _refused;

        public SenderGroup(Uri address) => _running = [.. Enumerable.Range(0, Senders).Select(_ => Task.Run(() => SendAsync(address)))];

        public IEnumerable<Guid> Answered => _answered;

        public Task AnsweredAsync(int more)
        {
            var goal = _answered.Count + more;
            return Wait.UntilAsync(() => _answered.Count >= goal, () => $"{_answered.Count} of {goal} answered, {_refused} refused");
        }

        public Task RefusedAsync()
        {
            var goal = _refused + 1;
            return Wait.UntilAsync(() => _refused >= goal, () => "nothing was refused");
        }

        public Task StopAsync()
        {
            _stop.Cancel();
            return Task.WhenAll(_running);
        }

        public async ValueTask DisposeAsync() => await StopAsync();

        private async Task SendAsync(Uri address)
        {
            using var client = new EventClient(address);
            while (!_stop.IsCancellationRequested)
            {
                var batch = Sample.Events(10);
                while (!_stop.IsCancellationRequested && !await TrySendAsync(client, batch))
                    await Task.Yield();
            }
        }

        private async Task<bool> TrySendAsync(EventClient client, List<EventItem> batch)
        {
            try
            {
                using var answer = await client.TrySendAsync(batch);
                if (answer.StatusCode == HttpStatusCode.Accepted)
                {
                    foreach (var item in batch)
                        _answered.Enqueue(item.Id);
                    return true;
                }

                Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            }
            catch (HttpRequestException)
            {
                // The server was killed.
            }

            Interlocked.Increment(ref _refused);
            return false;
        }
    }

    private sealed class ServerProcess(Process process, Uri address) : IDisposable
    {
        public Uri Address => address;

        public static ServerProcess Start(DatabaseOptions database)
        {
            var program = Path.Combine(AppContext.BaseDirectory, "TestEventServer");
            var process = Process.Start(
                new ProcessStartInfo(program, [database.Provider.ToString(), database.ConnectionString])
                {
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                }
            )!;
            return new ServerProcess(process, new Uri(process.StandardOutput.ReadLine()!));
        }

        /// <summary>SIGKILL.</summary>
        public void Kill()
        {
            process.Kill();
            process.WaitForExit();
        }

        public void Dispose()
        {
            if (!process.HasExited)
                Kill();
            process.Dispose();
        }
    }
}
