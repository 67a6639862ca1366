using System.Diagnostics.Metrics;
using System.Net;
using Kilometers.Api.Configuration;
using Kilometers.Api.Events.Ingest;
using Kilometers.Api.Events.Storage;
using Kilometers.Api.Tests.Databases;
using Kilometers.Contracts;
using Microsoft.Extensions.DependencyInjection;
using TestEventServer;

namespace Kilometers.Api.Tests.Events;

/// <summary>Ingest before a database that is slow, full or unwilling.</summary>
public sealed class QueueTests : IAsyncLifetime
{
    private readonly TestDatabase _database = TestDatabase.Sqlite();
    private EventServer _server = null!;
    private SlowStore _store = null!;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _store.Release();
        await _server.DisposeAsync();
        _database.Dispose();
    }

    [Fact]
    public async Task Requests_that_come_while_one_is_written_are_written_together()
    {
        await StartAsync(new EventOptions());
        var first = SendAsync(1);
        await _store.ArrivedAsync();
        var others = Enumerable.Range(0, 20).Select(_ => SendAsync(10)).ToList();
        await BudgetIsAsync(budget => budget.Events == 201);
        Assert.DoesNotContain(others, task => task.IsCompleted);
        _store.Release();
        Assert.Equal(HttpStatusCode.Accepted, await first);
        Assert.All(await Task.WhenAll(others), status => Assert.Equal(HttpStatusCode.Accepted, status));
        Assert.Equal([1, 200], _store.Groups);
        await BudgetIsAsync(budget => budget is { Events: 0, Bytes: 0 });
    }

    [Fact]
    public async Task A_full_queue_answers_503_and_keeps_what_it_has()
    {
        await StartAsync(new EventOptions { QueueEvents = 100, RetryAfter = TimeSpan.FromSeconds(3) });
        var waiting = Enumerable.Range(0, 10).Select(_ => SendAsync(10)).ToList();
        await BudgetIsAsync(budget => budget.Events == 100);
        using (var client = new EventClient(_server.Address))
        {
            using var refused = await client.TrySendAsync([Sample.Event()]);
            Assert.Equal(ErrorCode.ApiBusy, (await EventClient.ProblemAsync(refused, HttpStatusCode.ServiceUnavailable)).Code);
            Assert.Equal(TimeSpan.FromSeconds(3), refused.Headers.RetryAfter?.Delta);
        }

        _store.Release();
        Assert.All(await Task.WhenAll(waiting), status => Assert.Equal(HttpStatusCode.Accepted, status));
        Assert.Equal(100, await CountAsync());
        Assert.Equal(HttpStatusCode.Accepted, await SendAsync(1));
    }

    [Fact]
    public async Task Memory_for_batches_is_bounded_however_many_come()
    {
        await StartAsync(new EventOptions { QueueBytes = 1 << 20, MaximumBatchBytes = 1 << 20 });
        var sending = Enumerable.Range(0, 64).Select(_ => SendAsync(1, new byte[200_000])).ToList();
        await _store.ArrivedAsync();
        await BudgetIsAsync(budget => budget.Bytes <= 1 << 20 && sending.Count(task => task.IsCompleted) + budget.Events == 64);
        _store.Release();
        var answers = await Task.WhenAll(sending);
        Assert.All(answers, status => Assert.Contains(status, new[] { HttpStatusCode.Accepted, HttpStatusCode.ServiceUnavailable }));
        Assert.Contains(HttpStatusCode.ServiceUnavailable, answers);
        Assert.Equal(answers.Count(status => status == HttpStatusCode.Accepted), await CountAsync());
    }

    [Fact]
    public async Task A_group_that_the_database_refuses_is_written_request_by_request()
    {
        await StartAsync(new EventOptions());
        _store.Refuses = e => e.Item.Server == "poison";
        var first = SendAsync(1);
        await _store.ArrivedAsync();
        var good = Enumerable.Range(0, 5).Select(_ => SendAsync(2)).ToList();
        using var client = new EventClient(_server.Address);
        var poisoned = client.TrySendAsync([Sample.Event(), Sample.Event() with { Server = "poison" }]);
        await BudgetIsAsync(budget => budget.Events == 13);
        _store.Release();
        Assert.Equal(HttpStatusCode.Accepted, await first);
        Assert.All(await Task.WhenAll(good), status => Assert.Equal(HttpStatusCode.Accepted, status));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await poisoned).StatusCode);
        Assert.Equal(11, await CountAsync());
    }

    [Fact]
    public async Task A_client_that_is_gone_is_written_and_its_memory_is_free_again()
    {
        await StartAsync(new EventOptions());
        using (var client = new EventClient(_server.Address))
        {
            _ = client.TrySendAsync(Sample.Events(5)).ContinueWith(task => task.Exception, TaskScheduler.Default);
            await _store.ArrivedAsync();
        }

        _store.Release();
        await BudgetIsAsync(budget => budget is { Events: 0, Bytes: 0 });
        Assert.Equal(5, await CountAsync());
    }

    [Fact]
    public async Task Operators_see_what_came_and_how_it_was_written()
    {
        var seen = new Dictionary<string, double>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, its) => its.EnableMeasurementEvents(instrument, null) };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        await StartAsync(new EventOptions());
        listener.Start();
        _store.Release();
        var item = Sample.Event();
        using var client = new EventClient(_server.Address);
        await client.SendAsync(item, item, Sample.Event() with { Kind = "" });
        listener.RecordObservableInstruments();
        lock (seen)
        {
            Assert.Equal(1, seen["km.events.received stored"]);
            Assert.Equal(1, seen["km.events.received duplicate"]);
            Assert.Equal(1, seen["km.events.received rejected"]);
            Assert.Equal(1, seen["km.events.group_size"]);
            Assert.True(seen["km.events.write_time"] > 0);
            Assert.True(seen.ContainsKey("km.events.queue_bytes") && seen.ContainsKey("km.events.queue_events"));
        }

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            // Other tests of this process have meters of the same name.
            if (instrument.Meter.Scope is not null && instrument.Meter.Scope != _server.Services.GetRequiredService<IMeterFactory>())
                return;
            if (instrument.Meter.Name != EventMetrics.Name)
                return;
            var name = instrument.Name + (tags.Length > 0 ? " " + tags[0].Value : "");
            lock (seen)
                seen[name] = seen.GetValueOrDefault(name) + value;
        }
    }

    private async Task StartAsync(EventOptions options)
    {
        _store = new SlowStore(new SqliteEventStore(_database.Options));
        _server = await EventServer.StartAsync(_database.Options, options, TimeProvider.System, services =>
            services.AddSingleton<IEventStore>(_store)
        );
    }

    private async Task<HttpStatusCode> SendAsync(int events, byte[]? payload = null)
    {
        using var client = new EventClient(_server.Address);
        using var answer = await client.TrySendAsync(
            Sample.Events(events).Select(item => payload is null ? item : item with { Payload = payload })
        );
        return answer.StatusCode;
    }

    private async Task<int> CountAsync()
    {
        using var client = new EventClient(_server.Address);
        return (await client.AllEventsAsync()).Count;
    }

    private async Task BudgetIsAsync(Func<IngestBudget, bool> condition)
    {
        var budget = _server.Services.GetRequiredService<IngestBudget>();
        await Wait.UntilAsync(() => condition(budget), () => $"{budget.Events} events, {budget.Bytes} bytes");
    }
}
