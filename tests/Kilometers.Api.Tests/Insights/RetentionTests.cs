using Kilometers.Analytics;
using Kilometers.Api.Configuration;
using Kilometers.Api.Customers;
using Kilometers.Api.Insights;
using Kilometers.Api.Storage;
using Kilometers.Api.Tests.Databases;
using Kilometers.Api.Tests.Running;
using Kilometers.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kilometers.Api.Tests.Insights;

public sealed class SqliteRetentionTests : RetentionTests
{
    private protected override Task<ApiServices> StartAsync() => ApiServices.StartAsync();
}

public sealed class PostgresRetentionTests(PostgresServer server) : RetentionTests
{
    private protected override Task<ApiServices> StartAsync() => ApiServices.StartAsync(server);
}

public abstract class RetentionTests
{
    [Fact]
    public async Task Each_tier_keeps_its_figures_as_long_as_its_events()
    {
        await using var services = await StartAsync();
        var (databases, time, cancel) = (
            services.Get<IDbContextFactory<ApiDatabase>>(),
            services.Time,
            TestContext.Current.CancellationToken
        );
        var register = services.Get<CustomerRegister>();
        var pro = (await register.CreateAsync("p", Tier.Pro, id: null, cancel)).Id;
        var enterprise = (await register.CreateAsync("e", Tier.Enterprise, id: null, cancel)).Id;
        foreach (var id in new[] { pro, enterprise })
        {
            var batch = Sample.Batch(Sample.Hour(0, Sample.Figures("a", "b", 1)) with { Alarms = [Sample.Alarm(0)] });
            await new InsightStore(databases).ReplaceAsync(
                id,
                Sample.Here,
                new InsightRules(id, batch, HourKey.HourOf(Sample.Time(1))).Check(),
                withAlarms: true,
                cancel
            );
        }

        using var retention = new InsightRetention(databases, new EventOptions(), time, NullLogger<InsightRetention>.Instance);
        Assert.Equal((1, 1), await AfterAsync(29));
        Assert.Equal((0, 1), await AfterAsync(2));
        Assert.Equal((0, 1), await AfterAsync(330));
        Assert.Equal((0, 0), await AfterAsync(5));
        await using var database = await databases.CreateDbContextAsync(cancel);
        Assert.Equal(0, await database.InsightAlarms.CountAsync(cancel));

        async Task<(int, int)> AfterAsync(int days)
        {
            time.Advance(TimeSpan.FromDays(days));
            await retention.RunAsync(cancel);
            await using var database = await databases.CreateDbContextAsync(cancel);
            return (
                await database.Insights.CountAsync(row => row.CustomerId == pro, cancel),
                await database.Insights.CountAsync(row => row.CustomerId == enterprise, cancel)
            );
        }
    }

    private protected abstract Task<ApiServices> StartAsync();
}
