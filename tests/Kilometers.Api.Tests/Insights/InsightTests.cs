using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using Kilometers.Analytics.Sketches;
using Kilometers.Api.Tests.Running;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Tests.Insights;

public sealed class SqliteInsightTests(SqliteApi api) : InsightTests(api), IClassFixture<SqliteApi>;

public sealed class PostgresInsightTests(PostgresApi api) : InsightTests(api), IClassFixture<PostgresApi>;

/// <summary>Figures of calls at the API: stored once however often they come, and put together exactly.</summary>
public abstract class InsightTests(ApiFixture fixture)
{
    [Fact]
    public async Task Percentiles_are_those_of_all_calls_of_all_hours_and_installations()
    {
        using var customer = await fixture.CustomerAsync("Pro");
        double[] first = [0.010, 0.020, 0.030],
            second = [0.5, 1, 2, 4],
            third = [0, 0.015];
        await SendAsync(customer, Batch(Sample.Hour(-3, Sample.Figures("files", "read", first))));
        await SendAsync(customer, Batch(Sample.Hour(-2, Sample.Figures("files", "read", second), Sample.Figures("git", "log", 3))));
        await SendAsync(customer, Batch(Sample.Hour(-2, Sample.Figures("files", "write", third))) with { Installation = Sample.There });

        var report = await AskAsync(customer, "by=server&histograms=true");
        Assert.Equal(["files", "git"], report.Groups.Select(group => group.Server));
        var files = report.Groups[0];
        Assert.Equal((9, 9), (files.Calls, files.Latency!.Count));
        var expected = new ExponentialHistogram();
        foreach (var value in first.Concat(second).Concat(third))
            expected.Add(value);
        Assert.Equal(
            (expected.Quantile(0.5), expected.Quantile(0.95), expected.Quantile(0.99), 4.0),
            (files.Latency.P50, files.Latency.P95, files.Latency.P99, files.Latency.Max)
        );
        var histogram = files.Latency.Histogram!;
        Assert.Equal(expected.Buckets.ToArray(), histogram.BucketCounts);
        Assert.Equal(
            (expected.Scale, expected.Offset, expected.ZeroCount, expected.Min),
            (histogram.Scale, histogram.Offset, histogram.ZeroCount, histogram.Min)
        );
        Assert.Null((await AskAsync(customer, "by=server")).Groups[0].Latency!.Histogram);

        Assert.Equal(
            [("files", "read", 7L), ("files", "write", 2L), ("git", "log", 1L)],
            (await AskAsync(customer, "by=tool")).Groups.Select(group => (group.Server!, group.Tool!, group.Calls))
        );
        Assert.Equal([3L, 7L], (await AskAsync(customer, "by=hour")).Groups.Select(group => group.Calls));
        Assert.Equal([8L, 2L], (await AskAsync(customer, "by=installation")).Groups.Select(group => group.Calls));
        var total = Assert.Single((await AskAsync(customer, "by=total&server=files&name=read")).Groups);
        Assert.Equal((7, 7, 7), (total.Calls, total.Failed, total.Errors.Schema));
        Assert.Equal("tools/call", Assert.Single((await AskAsync(customer, "by=method")).Groups).Method);
        Assert.Equal("client", Assert.Single((await AskAsync(customer, "by=client")).Groups).Client);
        var page = await AskAsync(customer, "by=tool&limit=2");
        Assert.Equal((2, true), (page.Groups.Count, page.HasMore));
        Assert.Empty((await AskAsync(customer, $"by=server&since={Sample.Time(-1):O}".Replace("+00:00", "Z"))).Groups);
    }

    [Fact]
    public async Task The_same_hour_again_replaces_what_was_there()
    {
        using var customer = await fixture.CustomerAsync("Enterprise");
        var hour = Sample.Hour(-1, Sample.Figures("a", "one", 1, 2), Sample.Figures("a", "gone", 1)) with { Alarms = [Sample.Alarm(-1)] };
        for (var i = 0; i < 3; i++)
            await SendAsync(customer, Batch(hour));
        Assert.Equal(3, Assert.Single((await AskAsync(customer, "by=total")).Groups).Calls);
        Assert.Equal("slower", Assert.Single((await AskAsync(customer, "by=total")).Alarms).Kind);

        await SendAsync(customer, Batch(Sample.Hour(-1, Sample.Figures("a", "one", 1, 2, 3, 4))));
        var report = await AskAsync(customer, "by=tool");
        Assert.Equal(("one", 4L), (Assert.Single(report.Groups).Tool!, report.Groups[0].Calls));
        Assert.Empty(report.Alarms);
    }

    [Fact]
    public async Task Of_the_same_hour_sent_many_times_at_once_one_is_there()
    {
        using var customer = await fixture.CustomerAsync("Pro");
        var batch = Batch(Sample.Hour(-1, [.. Enumerable.Range(0, 40).Select(i => Sample.Figures("a", $"tool{i}", 1))]));
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PostAsync(customer, Json(batch))));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(40, Assert.Single((await AskAsync(customer, "by=total")).Groups).Calls);
        foreach (var answer in answers)
            answer.Dispose();
    }

    [Fact]
    public async Task Nobody_sees_or_replaces_what_is_anothers()
    {
        using var one = await fixture.CustomerAsync("Pro");
        using var other = await fixture.CustomerAsync("Enterprise");
        await SendAsync(one, Batch(Sample.Hour(-1, Sample.Figures("mine", "a", 1))));
        await SendAsync(other, Batch(Sample.Hour(-1, Sample.Figures("theirs", "a", 1, 2)) with { Alarms = [Sample.Alarm(-1)] }));
        Assert.Equal("mine", Assert.Single((await AskAsync(one, "by=server")).Groups).Server);
        Assert.Empty((await AskAsync(one, "by=server")).Alarms);
        Assert.Empty((await AskAsync(one, "by=server&server=theirs")).Groups);
        Assert.Equal(2, Assert.Single((await AskAsync(other, "by=server")).Groups).Calls);
    }

    [Fact]
    public async Task The_subscription_says_what_is_taken_and_what_was_taken_stays_readable()
    {
        using var free = await fixture.CustomerAsync("Free");
        var batch = Batch(Sample.Hour(-1, Sample.Figures("a", "b", 1)) with { Alarms = [Sample.Alarm(-1)] });
        using (var refused = await PostAsync(free, Json(batch)))
            await Customer.RefusedAsync(refused, HttpStatusCode.Forbidden, ErrorCode.ApiFeatureMissing);
        Assert.Empty((await AskAsync(free, "by=total")).Groups);

        using var pro = await fixture.CustomerAsync("Pro");
        var result = await SendAsync(pro, batch);
        Assert.Equal((1, 1, 0, 1, 0), (result.Hours, result.Figures, result.Alarms, result.AlarmsRefused, result.HoursTooOld));
        Assert.Empty((await AskAsync(pro, "by=total")).Alarms);

        using var enterprise = await fixture.CustomerAsync("Enterprise");
        result = await SendAsync(enterprise, batch);
        Assert.Equal((1, 0), (result.Alarms, result.AlarmsRefused));
        var alarm = Assert.Single((await AskAsync(enterprise, "by=total")).Alarms);
        Assert.Equal(batch.Hours[0].Alarms![0], alarm);
        Assert.Empty((await AskAsync(enterprise, "by=total&server=other")).Alarms);

        var api = await fixture.StartAsync();
        using var admin = api.Operator();
        await admin.SubscribeAsync(enterprise.Id, "Pro");
        Assert.Equal(1, (await SendAsync(enterprise, batch)).AlarmsRefused);
        Assert.Single((await AskAsync(enterprise, "by=total")).Alarms);
        await admin.SubscribeAsync(enterprise.Id, "Free");
        Assert.Single((await AskAsync(enterprise, "by=total")).Groups);
        using var downgraded = await PostAsync(enterprise, Json(batch));
        await Customer.RefusedAsync(downgraded, HttpStatusCode.Forbidden, ErrorCode.ApiFeatureMissing);
    }

    [Fact]
    public async Task Hours_that_are_too_old_are_left_out_and_those_to_come_refused()
    {
        using var customer = await fixture.CustomerAsync("Pro");
        var result = await SendAsync(
            customer,
            Batch(Sample.Hour(-24 * 40, Sample.Figures("a", "b", 1)), Sample.Hour(-24 * 20, Sample.Figures("a", "b", 1)))
        );
        Assert.Equal((1, 1), (result.Hours, result.HoursTooOld));
        using var refused = await PostAsync(customer, Json(Batch(Sample.Hour(48, Sample.Figures("a", "b", 1)))));
        await Customer.RefusedAsync(refused, HttpStatusCode.BadRequest, ErrorCode.ApiRequestInvalid);
    }

    [Fact]
    public async Task What_a_customer_has_is_counted_and_goes_with_it()
    {
        using var customer = await fixture.CustomerAsync("Enterprise");
        await SendAsync(
            customer,
            Batch(Sample.Hour(-1, Sample.Figures("a", "b", 1), Sample.Figures("a", "c", 1)) with { Alarms = [Sample.Alarm(-1)] })
        );
        var api = await fixture.StartAsync();
        using var admin = api.Operator();
        Assert.Equal(2, (await admin.GetAsync<CustomerUsage>($"customers/{customer.Id}/usage")).StoredFigures);
        using var deleted = await admin.Client.DeleteAsync($"/api/admin/customers/{customer.Id}", TestContext.Current.CancellationToken);
        Assert.Equal(2, (await Operator.ReadAsync<CustomerDeletionRecord>(deleted)).Figures);
        using var answer = await customer.Client.GetAsync("/api/insights", TestContext.Current.CancellationToken);
        await Customer.RefusedAsync(answer, HttpStatusCode.Unauthorized, ErrorCode.ApiKeyRefused);
    }

    [Fact]
    public async Task Compressed_batches_are_taken_and_no_answer_is_kept_by_anybody()
    {
        using var customer = await fixture.CustomerAsync("Pro");
        using var stored = await PostCompressedAsync(customer, Json(Batch(Sample.Hour(-1, Sample.Figures("a", "b", 1)))));
        Assert.Equal(1, (await Operator.ReadAsync<InsightBatchResult>(stored)).Figures);
        Assert.True(stored.Headers.CacheControl!.NoStore);
        using var answer = await customer.Client.GetAsync("/api/insights", TestContext.Current.CancellationToken);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.Equal(1, (await Operator.ReadAsync<InsightReport>(answer)).Groups[0].Calls);

        using var large = await PostCompressedAsync(customer, new string(' ', 9 << 20));
        await Customer.RefusedAsync(large, HttpStatusCode.RequestEntityTooLarge, ErrorCode.ApiRequestTooLarge);
    }

    [Fact]
    public async Task Without_a_key_there_is_nothing()
    {
        var api = await fixture.StartAsync();
        using var nobody = api.Client();
        using var asked = await nobody.GetAsync("/api/insights", TestContext.Current.CancellationToken);
        await Customer.RefusedAsync(asked, HttpStatusCode.Unauthorized, ErrorCode.ApiKeyRefused);
        using var sent = await nobody.PostAsync("/api/insights/batch", Operator.Json("{}"), TestContext.Current.CancellationToken);
        await Customer.RefusedAsync(sent, HttpStatusCode.Unauthorized, ErrorCode.ApiKeyRefused);
    }

    private static InsightBatch Batch(params InsightHour[] hours) => Sample.Batch(hours);

    private static string Json(InsightBatch batch) => JsonSerializer.Serialize(batch, ApiJson.Of<InsightBatch>());

    private static async Task<HttpResponseMessage> PostCompressedAsync(Customer customer, string body)
    {
        using var bytes = new MemoryStream();
        await using (var gzip = new GZipStream(bytes, CompressionMode.Compress, leaveOpen: true))
            await gzip.WriteAsync(Encoding.UTF8.GetBytes(body), TestContext.Current.CancellationToken);
        using var content = new ByteArrayContent(bytes.ToArray());
        content.Headers.ContentType = new("application/json");
        content.Headers.ContentEncoding.Add("gzip");
        return await customer.Client.PostAsync("/api/insights/batch", content, TestContext.Current.CancellationToken);
    }

    private static Task<HttpResponseMessage> PostAsync(Customer customer, string body) => customer.PostAsync("/api/insights/batch", body);

    private static async Task<InsightBatchResult> SendAsync(Customer customer, InsightBatch batch)
    {
        using var response = await PostAsync(customer, Json(batch));
        return await Operator.ReadAsync<InsightBatchResult>(response);
    }

    private static async Task<InsightReport> AskAsync(Customer customer, string query)
    {
        using var response = await customer.Client.GetAsync("/api/insights?" + query, TestContext.Current.CancellationToken);
        return await Operator.ReadAsync<InsightReport>(response);
    }
}
