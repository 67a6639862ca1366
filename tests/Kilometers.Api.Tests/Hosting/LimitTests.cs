using System.Net;
using System.Net.Sockets;
using System.Text;
using Kilometers.Api.Tests.Running;
using Kilometers.Contracts;

namespace Kilometers.Api.Tests.Hosting;

/// <summary>What one client may take of the server.</summary>
public sealed class LimitTests
{
    [Fact]
    public async Task Headers_that_come_too_slowly_end_the_connection()
    {
        await using var api = await ApiProcess.StartAsync(settings: new Dictionary<string, string> { ["Limits:HeaderSeconds"] = "1" });
        using var connection = await ConnectAsync(api);
        await connection
            .GetStream()
            .WriteAsync(Encoding.ASCII.GetBytes("GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: "), TestContext.Current.CancellationToken);
        Assert.StartsWith("HTTP/1.1 408", await ReadToEndAsync(connection), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_comes_too_slowly_ends_the_connection()
    {
        await using var api = await ApiProcess.StartAsync(
            settings: new Dictionary<string, string> { ["Limits:BytesPerSecond"] = "100000" }
        );
        using var admin = api.Operator();
        var (_, key) = await admin.CustomerAsync("Pro");
        using var connection = await ConnectAsync(api);
        await connection
            .GetStream()
            .WriteAsync(
                Encoding.ASCII.GetBytes(
                    $"POST /api/plugins/provision HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n\r\n{{"
                ),
                TestContext.Current.CancellationToken
            );

        // After five seconds of grace.
        Assert.StartsWith("HTTP/1.1 408", await ReadToEndAsync(connection), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_takes_too_long_is_ended()
    {
        await using var api = await ApiProcess.StartAsync(settings: new Dictionary<string, string> { ["Limits:RequestSeconds"] = "3" });
        using var admin = api.Operator();
        var (_, key) = await admin.CustomerAsync("Pro");
        using var connection = await ConnectAsync(api);
        await connection
            .GetStream()
            .WriteAsync(
                Encoding.ASCII.GetBytes(
                    $"POST /api/plugins/provision HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n{{"
                ),
                TestContext.Current.CancellationToken
            );
        var answer = await ReadToEndAsync(connection);
        Assert.StartsWith("HTTP/1.1 504", answer, StringComparison.Ordinal);
        Assert.Contains(ErrorCode.ApiBusy, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_whether_it_says_so_or_not()
    {
        await using var api = await ApiProcess.StartAsync(settings: new Dictionary<string, string> { ["Limits:BodyBytes"] = "2000" });
        using var admin = api.Operator();
        var (id, key) = await admin.CustomerAsync("Pro");
        using var customer = new Customer(id, key, api.Client(key));
        var body = $$"""{"platform":"linux-x64","plugins":["{{new string('a', 4000)}}"]}""";
        using var announced = await customer.PostAsync("/api/plugins/provision", body);
        await Customer.RefusedAsync(announced, HttpStatusCode.RequestEntityTooLarge, ErrorCode.ApiRequestTooLarge);
        using var chunked = new HttpRequestMessage(HttpMethod.Post, "/api/plugins/provision")
        {
            Content = Operator.Json(body),
            Headers = { TransferEncodingChunked = true },
        };
        using var unannounced = await customer.Client.SendAsync(chunked, TestContext.Current.CancellationToken);
        await Customer.RefusedAsync(unannounced, HttpStatusCode.RequestEntityTooLarge, ErrorCode.ApiRequestTooLarge);

        // A release may be larger.
        await admin.PublishAsync("large-enough", "Free");
    }

    [Fact]
    public async Task A_key_that_asks_too_often_waits_and_others_do_not()
    {
        await using var api = await ApiProcess.StartAsync(
            settings: new Dictionary<string, string> { ["Limits:KeyBurst"] = "5", ["Limits:KeyPerSecond"] = "1" }
        );
        using var admin = api.Operator();
        var ((_, busy), (_, calm)) = (await admin.CustomerAsync("Pro"), await admin.CustomerAsync("Pro"));
        using var client = api.Client(busy);
        var answers = new List<HttpResponseMessage>();
        while (answers.Count < 50 && answers.All(answer => answer.IsSuccessStatusCode))
            answers.Add(await client.GetAsync("/api/subscription/status", TestContext.Current.CancellationToken));
        await Customer.RefusedAsync(answers[^1], HttpStatusCode.TooManyRequests, ErrorCode.ApiRateLimited);
        Assert.True(answers[^1].Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));
        Assert.InRange(answers.Count, 6, 49);

        using var other = api.Client(calm);
        using var welcome = await other.GetAsync("/api/subscription/status", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, welcome.StatusCode);

        // With the public part alone nobody uses up the customer's share.
        using var thief = api.Client(calm[..^3] + "abc");
        for (var i = 0; i < 10; i++)
            (await thief.GetAsync("/api/subscription/status", TestContext.Current.CancellationToken)).Dispose();
        using var still = await other.GetAsync("/api/subscription/status", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
    }

    [Fact]
    public async Task An_address_that_asks_too_often_waits()
    {
        await using var api = await ApiProcess.StartAsync(
            settings: new Dictionary<string, string> { ["Limits:AddressBurst"] = "5", ["Limits:AddressPerSecond"] = "1" }
        );
        using var client = api.Client();
        var statuses = new List<HttpStatusCode>();
        while (statuses.Count < 50 && !statuses.Contains(HttpStatusCode.TooManyRequests))
        {
            using var response = await client.GetAsync("/health/live", TestContext.Current.CancellationToken);
            statuses.Add(response.StatusCode);
        }

        Assert.Contains(HttpStatusCode.TooManyRequests, statuses);
        Assert.Equal(HttpStatusCode.OK, statuses[0]);
    }

    private static async Task<TcpClient> ConnectAsync(ApiProcess api)
    {
        var connection = new TcpClient();
        await connection.ConnectAsync(api.Address.Host, api.Address.Port, TestContext.Current.CancellationToken);
        return connection;
    }

    private static async Task<string> ReadToEndAsync(TcpClient connection)
    {
        using var reader = new StreamReader(connection.GetStream());
        return await reader
            .ReadToEndAsync(TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromMinutes(3), TestContext.Current.CancellationToken);
    }
}
