using System.Collections.Concurrent;
using Kilometers.Api.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.Api.Tests.Hosting;

public sealed class PeriodicServiceTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunAsync_ServerDoesNotListenYet_IsNotCalled()
    {
        using var service = new Work(_ => Task.CompletedTask);
        await service.StartAsync(Stop);
        await service.StopAsync(Stop);
        Assert.False(service.Begun.IsCompleted);
        Assert.Empty(service.Log.Lines);
    }

    [Fact]
    public async Task RunAsync_Fails_IsLoggedAndTriedAgain()
    {
        var calls = 0;
        using var service = new Work(_ => ++calls == 1 ? throw new InvalidOperationException("first") : Task.CompletedTask);
        await service.StartAsync(Stop);
        await service.StartedAsync(Stop);
        await service.Log.HasAsync(1);
        service.Advance();
        await service.Log.HasAsync(2);
        await service.StopAsync(Stop);
        Assert.Equal(["Failed: testing; the next attempt is in 00:01:00", "Done: testing, in 0 ms"], service.Log.Lines);
    }

    [Fact]
    public async Task RunAsync_MeetsServicesThatAreGoneWhileTheServerEnds_IsQuiet()
    {
        using var service = new Work(async cancellationToken =>
        {
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registered = cancellationToken.Register(ended.SetResult);
            await ended.Task;
            ObjectDisposedException.ThrowIf(condition: true, "the database");
        });
        await service.StartAsync(Stop);
        await service.StartedAsync(Stop);
        await service.Begun.WaitAsync(TimeSpan.FromMinutes(5), Stop);
        await service.StopAsync(Stop);
        Assert.True(service.ExecuteTask!.IsCompletedSuccessfully, service.ExecuteTask.Exception?.ToString());
        Assert.Empty(service.Log.Lines);
    }

    private sealed class Work : PeriodicService
    {
        private readonly Func<CancellationToken, Task> _run;
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Work(Func<CancellationToken, Task> run)
            : this(run, new FakeTimeProvider(), new Log()) { }

        private Work(Func<CancellationToken, Task> run, FakeTimeProvider clock, Log log)
            : base("testing", TimeSpan.FromMinutes(1), clock, log) => (_run, Clock, Log) = (run, clock, log);

        public Log Log { get; }

        public Task Begun => _begun.Task;

        private FakeTimeProvider Clock { get; }

        public void Advance() => Clock.Advance(TimeSpan.FromMinutes(1));

        public override Task RunAsync(CancellationToken cancellationToken)
        {
            _begun.TrySetResult();
            return _run(cancellationToken);
        }
    }

    private sealed class Log : ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyList<string> Lines => [.. _lines];

        /// <summary>Waits for this many lines.</summary>
        public async Task HasAsync(int lines)
        {
            for (var i = 0; i < 60_000 && _lines.Count < lines; i++)
                await Task.Delay(1, Stop);
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => _lines.Enqueue(formatter(state, exception));
    }
}
