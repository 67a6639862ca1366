using System.Diagnostics;
using Kilometers.Api.Access;
using Kilometers.Api.Configuration;
using Kilometers.Api.Http;
using Kilometers.Audit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.Api.Tests.Customers;

public sealed class RefusedAttemptsTests : IDisposable
{
    /// <summary>When to give up: far more than anything here takes, also on a busy machine.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("km-api-test-");
    private readonly FakeTimeProvider _time = new();
    private readonly ApiAudit _audit;
    private readonly ErrorCount _errors = new();

    public RefusedAttemptsTests()
    {
        var options = ApiOptions.Read(new Settings(new ConfigurationBuilder().Build()), _folder.FullName, null, isDevelopment: false);
        _audit = new ApiAudit(options, _time, Microsoft.Extensions.Logging.Abstractions.NullLogger<ApiAudit>.Instance);
    }

    [Fact]
    public async Task The_same_refusal_is_recorded_at_once_and_then_with_its_number()
    {
        using var refused = Create();
        await refused.StartAsync(TestContext.Current.CancellationToken);
        for (var i = 0; i < 100; i++)
            refused.Add("key.refused", "API_AUT_001", "key=A");
        refused.Add("key.refused", "API_AUT_001", "key=B");
        Assert.Equal(["key=A", "key=B"], Details());
        await refused.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["key=A", "key=B", "key=A count=99"], Details());
    }

    [Fact]
    public async Task After_a_minute_it_is_recorded_at_once_again()
    {
        using var refused = Create();
        await refused.StartAsync(TestContext.Current.CancellationToken);
        refused.Add("key.refused", "API_AUT_001", "key=A");
        var count = 1;
        var watch = Stopwatch.StartNew();
        while (Details().Count < 2)
        {
            if (watch.Elapsed > Limit)
                throw new TimeoutException("nothing is recorded after the first attempt");

            // The loop may not wait for the minute yet.
            _time.Advance(TimeSpan.FromMinutes(1));
            refused.Add("key.refused", "API_AUT_001", "key=A");
            count++;
            await Task.Yield();
        }

        await refused.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(
            count,
            Details()
                .Sum(detail =>
                    detail.Contains("count=", StringComparison.Ordinal)
                        ? int.Parse(
                            detail[(detail.IndexOf('=', detail.IndexOf(' ', StringComparison.Ordinal)) + 1)..],
                            System.Globalization.CultureInfo.InvariantCulture
                        )
                        : 1
                )
        );
    }

    [Fact]
    public async Task A_thousand_different_ones_are_enough()
    {
        using var refused = Create();
        await refused.StartAsync(TestContext.Current.CancellationToken);
        for (var i = 0; i < 1_500; i++)
            refused.Add("key.refused", "API_AUT_001", $"key={i}");
        await refused.StopAsync(TestContext.Current.CancellationToken);
        var details = Details();
        Assert.Equal(1_002, details.Count);
        Assert.Equal("(many) count=499", details[^1]);
    }

    [Fact]
    public async Task What_cannot_be_recorded_is_kept_and_ends_nothing()
    {
        using var refused = Create();
        await refused.StartAsync(TestContext.Current.CancellationToken);
        for (var i = 0; i < 100; i++)
            refused.Add("key.refused", "API_AUT_001", "key=A");

        // A file in place of the log's folder: nothing can be appended, not even by root.
        var kept = _audit.Folder + ".kept";
        Directory.Move(_audit.Folder, kept);
        await File.WriteAllTextAsync(_audit.Folder, "", TestContext.Current.CancellationToken);
        var watch = Stopwatch.StartNew();
        while (_errors.Count == 0)
        {
            if (watch.Elapsed > Limit)
                throw new TimeoutException("the failure is not logged");
            _time.Advance(TimeSpan.FromMinutes(1));
            await Task.Yield();
        }

        File.Delete(_audit.Folder);
        Directory.Move(kept, _audit.Folder);
        await refused.StopAsync(TestContext.Current.CancellationToken);
        Assert.Null(refused.ExecuteTask!.Exception);
        Assert.Equal(["key=A", "key=A count=99"], Details());
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private RefusedAttempts Create() => new(_audit, _time, _errors);

    private List<string> Details() =>
        [.. AuditReader.Read(_audit.Folder, new AuditFilter { Event = "key.refused" }).Select(entry => entry.Detail!)];

    private sealed class ErrorCount : ILogger<RefusedAttempts>
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (logLevel >= LogLevel.Error)
                Interlocked.Increment(ref _count);
        }
    }
}
