using System.Net;
using Kilometers.Ui.Tests.Running;

namespace Kilometers.Ui.Tests.Access;

/// <summary>Who gets an answer from the pages' port.</summary>
public sealed class GateTests : IDisposable
{
    private readonly RecordedFolder _recorded = new();

    public void Dispose() => _recorded.Dispose();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_the_token_nothing_is_shown()
    {
        await using var ui = await UiProgram.StartAsync(_recorded.Folder);
        using var client = new HttpClient { BaseAddress = ui.Address };
        foreach (var path in (string[])["/", "/live", "/assets/x/app.css", "/?token=", "/?token=" + new string('0', 64), "/nowhere"])
        {
            using var response = await client.GetAsync(new Uri(path, UriKind.Relative), Cancellation);
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
            Assert.DoesNotContain("Sessions", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_token_works_once_and_the_cookie_is_for_this_site_only()
    {
        await using var ui = await UiProgram.StartAsync(_recorded.Folder);
        using var client = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });
        using var first = await client.GetAsync(new Uri(ui.EntryUrl), Cancellation);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        var cookie = Assert.Single(first.Headers.GetValues("Set-Cookie")).ToLowerInvariant();
        Assert.Contains("httponly", cookie, StringComparison.Ordinal);
        Assert.Contains("samesite=strict", cookie, StringComparison.Ordinal);
        using var second = await client.GetAsync(new Uri(ui.EntryUrl), Cancellation);
        Assert.Equal(HttpStatusCode.Forbidden, second.StatusCode);
        Assert.False(second.Headers.Contains("Set-Cookie"));
    }

    [Theory]
    [InlineData("Host", "evil.example")]
    [InlineData("Host", "127.0.0.1:1")]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task A_request_that_another_site_caused_is_refused_even_with_the_cookie(string header, string value)
    {
        await using var ui = await UiProgram.StartAsync(_recorded.Folder);
        using var client = await ui.EnterAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        Assert.True(request.Headers.TryAddWithoutValidation(header, value));
        using var refused = await client.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using var allowed = await client.GetAsync(new Uri("/", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);
    }

    [Fact]
    public async Task Nothing_can_be_changed_and_no_page_loads_anything_from_elsewhere()
    {
        await using var ui = await UiProgram.StartAsync(_recorded.Folder);
        using var client = await ui.EnterAsync();
        foreach (var method in (HttpMethod[])[HttpMethod.Post, HttpMethod.Put, HttpMethod.Delete, HttpMethod.Options])
        {
            using var request = new HttpRequestMessage(method, "/");
            using var refused = await client.SendAsync(request, Cancellation);
            Assert.Equal(HttpStatusCode.MethodNotAllowed, refused.StatusCode);
        }

        using var page = await client.GetAsync(new Uri("/", UriKind.Relative), Cancellation);
        var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        var html = await page.Content.ReadAsStringAsync(Cancellation);
        Assert.DoesNotContain("http", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("style=", html, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task It_listens_on_the_loopback_address_only()
    {
        await using var ui = await UiProgram.StartAsync(_recorded.Folder);
        Assert.Equal("127.0.0.1", ui.Address.Host);
        foreach (var address in (await Dns.GetHostAddressesAsync(Dns.GetHostName(), Cancellation)).Where(one => !IPAddress.IsLoopback(one)))
        {
            using var client = new System.Net.Sockets.TcpClient(address.AddressFamily);
            await Assert.ThrowsAnyAsync<System.Net.Sockets.SocketException>(() =>
                client.ConnectAsync(address, ui.Address.Port, Cancellation).AsTask()
            );
        }
    }

    [Fact]
    public async Task It_ends_with_its_parent_and_when_no_page_is_open()
    {
        await using var orphan = await UiProgram.StartAsync(_recorded.Folder);
        orphan.CloseInput();
        Assert.Equal(0, await orphan.ExitAsync());
        await using var abandoned = await UiProgram.StartAsync(_recorded.Folder, "--linger", "0");
        Assert.Equal(0, await abandoned.ExitAsync());
    }
}
