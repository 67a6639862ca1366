using System.Net;
using Kilometers.Api.Tests.Running;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.Entitlements.Tokens;

namespace Kilometers.Api.Tests.Witnessing;

public sealed class WitnessSqliteTests(SqliteApi api) : WitnessTests(api), IClassFixture<SqliteApi>;

public sealed class WitnessPostgresTests(PostgresApi api) : WitnessTests(api), IClassFixture<PostgresApi>;

/// <summary>The API as a witness of customers' audit logs.</summary>
public abstract class WitnessTests(ApiFixture fixture)
{
    private static readonly string Here = new('a', 64),
        There = new('b', 64),
        Log = new('1', 64),
        OtherLog = new('2', 64);

    [Fact]
    public async Task A_head_gets_a_receipt_that_its_issuer_signed()
    {
        using var customer = await fixture.CustomerAsync("Free");
        var receipt = await Operator.ReadAsync<AuditReceipt>(await SendAsync(customer, Here, Log, 5));
        var token = AuditReceiptToken.Verify(receipt.Receipt, ApiProcess.PublicUrl, receipt.IssuerKey);
        Assert.NotNull(token);
        Assert.Equal((customer.Id, Here, Log, 5L, Hash(5)), (token.CustomerId, token.Installation, token.Log, token.Seq, token.Hash));
        Assert.Null(AuditReceiptToken.Verify(receipt.Receipt, "https://other.example.com", receipt.IssuerKey));
        Assert.Null(EntitlementToken.Verify(receipt.Receipt, ApiProcess.PublicUrl, Convert.FromBase64String(receipt.IssuerKey)));
        Assert.Equal(receipt, (await ListAsync(customer, Here)).Single());

        // The same once more is the same receipt.
        Assert.Equal(receipt, await Operator.ReadAsync<AuditReceipt>(await SendAsync(customer, Here, Log, 5)));
    }

    [Fact]
    public async Task A_log_that_became_shorter_or_another_one_is_refused()
    {
        using var customer = await fixture.CustomerAsync("Free");
        await Operator.ReadAsync<AuditReceipt>(await SendAsync(customer, Here, Log, 5));
        await Customer.RefusedAsync(await SendAsync(customer, Here, Log, 4), HttpStatusCode.Conflict, ErrorCode.ApiConflict);
        await Customer.RefusedAsync(await SendAsync(customer, Here, Log, 5, Hash(6)), HttpStatusCode.Conflict, ErrorCode.ApiConflict);
        Assert.Contains(await fixture.AuditAsync("audit-head.refused"), line =>
            line.Detail?.Contains(customer.Id, StringComparison.Ordinal) == true
        );

        // Another log of the same installation is another one: both are kept, and a verifier sees both.
        await Operator.ReadAsync<AuditReceipt>(await SendAsync(customer, Here, OtherLog, 1));
        Assert.Equal(2, (await ListAsync(customer, Here)).Count);
    }

    [Fact]
    public async Task Each_customer_and_each_installation_has_its_own()
    {
        using var customer = await fixture.CustomerAsync("Free");
        using var other = await fixture.CustomerAsync("Pro");
        await Operator.ReadAsync<AuditReceipt>(await SendAsync(customer, Here, Log, 5));
        await Operator.ReadAsync<AuditReceipt>(await SendAsync(customer, There, Log, 3));
        Assert.Empty(await ListAsync(other, Here));
        await Operator.ReadAsync<AuditReceipt>(await SendAsync(other, Here, Log, 1));
        Assert.Single(await ListAsync(customer, Here));
        Assert.Single(await ListAsync(other, Here));
    }

    [Fact]
    public async Task Every_head_is_kept_however_many_come_after_it()
    {
        // More than one answer holds, of two logs: somebody who replaces a log cannot push out what was seen of the one before.
        using var customer = await fixture.CustomerAsync("Free");
        await Operator.ReadAsync<AuditReceipt>(await SendAsync(customer, Here, OtherLog, 7));
        const int Count = 1_005;
        for (var seq = 1; seq <= Count; seq++)
            await Operator.ReadAsync<AuditReceipt>(await SendAsync(customer, Here, Log, seq));
        var first = await PageAsync(customer, Here, null);
        var second = await PageAsync(customer, Here, first.Cursor);
        Assert.Null(second.Cursor);
        var kept = first
            .Receipts.Concat(second.Receipts)
            .Select(receipt => AuditReceiptToken.Verify(receipt.Receipt, ApiProcess.PublicUrl, receipt.IssuerKey)!)
            .Select(token => (token.Log, token.Seq));
        Assert.Equal([.. Enumerable.Range(1, Count).Select(seq => (Log, (long)seq)), (OtherLog, 7)], kept);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("1111111111111111111111111111111111111111111111111111111111111111.-1")]
    [InlineData("1111111111111111111111111111111111111111111111111111111111111111.99999999999999999999")]
    public async Task A_cursor_that_the_api_did_not_give_is_refused(string cursor)
    {
        using var customer = await fixture.CustomerAsync("Free");
        using var response = await customer.Client.GetAsync(
            $"/api/audit/heads?installation={Here}&cursor={cursor}",
            TestContext.Current.CancellationToken
        );
        await Customer.RefusedAsync(response, HttpStatusCode.BadRequest, ErrorCode.ApiRequestInvalid);
    }

    [Theory]
    [InlineData("""{"installation":"A","log":"1","seq":1,"hash":"2"}""")]
    [InlineData(
        """{"installation":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","log":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","seq":1,"hash":"x"}"""
    )]
    [InlineData("{}")]
    public async Task What_is_not_a_head_is_refused(string body)
    {
        using var customer = await fixture.CustomerAsync("Free");
        await Customer.RefusedAsync(
            await customer.PostAsync("/api/audit/heads", body),
            HttpStatusCode.BadRequest,
            ErrorCode.ApiRequestInvalid
        );
    }

    private static string Hash(long seq) => seq.ToString("x64", System.Globalization.CultureInfo.InvariantCulture);

    private static Task<HttpResponseMessage> SendAsync(Customer customer, string installation, string log, long seq, string? hash = null) =>
        customer.PostAsync(
            "/api/audit/heads",
            $$"""{"installation":"{{installation}}","log":"{{log}}","seq":{{seq}},"hash":"{{hash ?? Hash(seq)}}"}"""
        );

    private static async Task<IReadOnlyList<AuditReceipt>> ListAsync(Customer customer, string installation) =>
        (await PageAsync(customer, installation, null)).Receipts;

    private static async Task<AuditReceiptList> PageAsync(Customer customer, string installation, string? cursor)
    {
        using var response = await customer.Client.GetAsync(
            $"/api/audit/heads?installation={installation}{(cursor is null ? "" : "&cursor=" + cursor)}",
            TestContext.Current.CancellationToken
        );
        return await Operator.ReadAsync<AuditReceiptList>(response);
    }
}
