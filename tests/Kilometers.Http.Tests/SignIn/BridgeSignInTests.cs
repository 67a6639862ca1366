using System.Text.Json;
using Kilometers.Http.Tests.Running;

namespace Kilometers.Http.Tests.SignIn;

/// <summary>The real bridge, a real authorization server, and a browser that goes where it is sent.</summary>
public sealed class BridgeSignInTests
{
    private const string Initialize =
        """{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}""";

    private const string Call = """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"}}""";

    [Fact]
    public async Task The_first_message_waits_for_the_user_and_the_next_session_asks_nobody()
    {
        await using var server = await ProtectedServer.StartAsync();
        await using var browser = new TestBrowser();
        await using (var bridge = HttpProgram.SigningIn(server.Address, browser))
        {
            await AssertAnswerAsync(bridge, Initialize);
            bridge.CloseInput();
            Assert.Equal(0, await bridge.ExitAsync());
            Assert.Contains("asks you to sign in", bridge.Errors, StringComparison.Ordinal);
            AssertNoSecret(server, bridge.Errors);
        }

        await using var next = HttpProgram.SigningIn(server.Address, browser);
        await AssertAnswerAsync(next, Initialize);
        await AssertAnswerAsync(next, Call);
        Assert.Single(browser.Opened);
        Assert.Empty(server.Faults);
        Assert.Equal(["authorization_code"], server.Granted);
        AssertNoSecret(server, next.Errors + browser.Kept());
        Assert.Contains(server.Address.AbsoluteUri, browser.Kept(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expired_token_is_renewed_without_the_user()
    {
        await using var server = await ProtectedServer.StartAsync();
        await using var browser = new TestBrowser();
        await using var bridge = HttpProgram.SigningIn(server.Address, browser);
        await AssertAnswerAsync(bridge, Initialize);
        for (var i = 0; i < 3; i++)
        {
            server.Expire();
            await AssertAnswerAsync(bridge, Call);
        }

        Assert.Single(browser.Opened);
        Assert.Empty(server.Faults);
        Assert.Equal(["authorization_code", "refresh_token", "refresh_token", "refresh_token"], server.Granted);
    }

    [Fact]
    public async Task A_token_that_is_about_to_expire_is_renewed_before_it_is_used()
    {
        await using var server = await ProtectedServer.StartAsync();
        server.Lifetime = 1;
        await using var browser = new TestBrowser();
        await using var bridge = HttpProgram.SigningIn(server.Address, browser);
        await AssertAnswerAsync(bridge, Initialize);
        await AssertAnswerAsync(bridge, Call);
        Assert.Contains("refresh_token", server.Granted);
        Assert.Single(server.Requests, request => request is { Method: "POST", Path: "/mcp" } && request["Authorization"] is null);
    }

    [Fact]
    public async Task A_revoked_sign_in_asks_the_user_again()
    {
        await using var server = await ProtectedServer.StartAsync();
        await using var browser = new TestBrowser();
        await using var bridge = HttpProgram.SigningIn(server.Address, browser);
        await AssertAnswerAsync(bridge, Initialize);
        server.Expire();
        server.Revoke();
        await AssertAnswerAsync(bridge, Call);
        Assert.Equal(2, browser.Opened.Count);
        Assert.Empty(server.Faults);
    }

    [Fact]
    public async Task A_call_that_needs_more_permissions_asks_for_them_beside_the_earlier_ones()
    {
        await using var server = await ProtectedServer.StartAsync();
        server.CallScope = "write";
        await using var browser = new TestBrowser();
        await using var bridge = HttpProgram.SigningIn(server.Address, browser);
        await AssertAnswerAsync(bridge, Initialize);
        await AssertAnswerAsync(bridge, Call);
        Assert.Equal(2, browser.Opened.Count);
        Assert.Contains("scope=read%20offline_access&", browser.Opened.First().Query + "&", StringComparison.Ordinal);
        Assert.Contains("scope=read%20offline_access%20write&", browser.Opened.Last().Query + "&", StringComparison.Ordinal);

        // The server's wish grows with each grant, and km does not ask for ever.
        server.CallScope = "write admin";
        Assert.Equal("NET_AUT_002", await FailAsync(bridge, Call));
        Assert.Equal("NET_AUT_002", await FailAsync(bridge, Call));
        Assert.Equal(3, browser.Opened.Count);
    }

    [Fact]
    public async Task Two_bridges_at_once_ask_the_user_once_and_renew_once()
    {
        await using var server = await ProtectedServer.StartAsync();
        await using var browser = new TestBrowser();
        await using var one = HttpProgram.SigningIn(server.Address, browser);
        await using var other = HttpProgram.SigningIn(server.Address, browser);
        await Task.WhenAll(AssertAnswerAsync(one, Initialize), AssertAnswerAsync(other, Initialize));
        Assert.Single(browser.Opened);
        server.Expire();
        await Task.WhenAll(AssertAnswerAsync(one, Call), AssertAnswerAsync(other, Call));
        Assert.Single(browser.Opened);
        Assert.Empty(server.Faults);
        Assert.Equal(["authorization_code", "refresh_token"], server.Granted);
    }

    [Fact]
    public async Task A_client_with_a_secret_proves_who_it_is()
    {
        await using var server = await ProtectedServer.StartAsync();
        server.KnownSecret = "client-s3cret";
        await using var browser = new TestBrowser();
        await using var bridge = HttpProgram.SigningIn(
            server.Address,
            browser,
            "--client-id",
            "known",
            "--client-secret-env",
            "CLIENT_SECRET"
        );
        await AssertAnswerAsync(bridge, Initialize);
        server.Expire();
        await AssertAnswerAsync(bridge, Call);
        Assert.DoesNotContain(server.Requests, request => request.Path == "/as/register");
        Assert.Empty(server.Faults);
        Assert.DoesNotContain("client-s3cret", bridge.Errors + browser.Kept(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_who_takes_long_gets_a_hint_and_can_still_finish()
    {
        await using var server = await ProtectedServer.StartAsync();
        await using var browser = new TestBrowser();
        var (visit, finish) = (browser.Visit, new TaskCompletionSource());
        browser.Visit = async address =>
        {
            await finish.Task;
            await visit(address);
        };
        await using var bridge = HttpProgram.SigningIn(server.Address, browser, "--sign-in-wait", "0");
        Assert.Equal("NET_AUT_001", await FailAsync(bridge, Initialize));
        finish.SetResult();
        var code = (string?)"";
        while (code is not null)
            code = await CodeAsync(bridge, Initialize);
        Assert.Single(browser.Opened);
    }

    [Fact]
    public async Task A_bridge_that_waits_for_the_user_ends_when_it_is_told_to()
    {
        await using var server = await ProtectedServer.StartAsync();
        await using var browser = new TestBrowser { Visit = _ => Task.CompletedTask };
        await using var bridge = HttpProgram.SigningIn(server.Address, browser);
        await bridge.SendAsync(Initialize);
        await bridge.WaitForErrorAsync($"km: {server.Address} asks you to sign in");
        bridge.Terminate();
        Assert.Equal(128 + 15, await bridge.ExitAsync());
    }

    [Fact]
    public async Task A_user_who_says_no_is_not_asked_again()
    {
        await using var server = await ProtectedServer.StartAsync();
        server.Denies = true;
        await using var browser = new TestBrowser();
        await using var bridge = HttpProgram.SigningIn(server.Address, browser);
        Assert.Equal("NET_AUT_005", await FailAsync(bridge, Initialize));
        Assert.Equal("NET_AUT_005", await FailAsync(bridge, Call));
        Assert.Single(browser.Opened);
    }

    [Fact]
    public async Task A_user_who_signs_in_ahead_is_not_asked_by_the_bridge()
    {
        await using var server = await ProtectedServer.StartAsync();
        await using var browser = new TestBrowser();
        await using (var login = HttpProgram.SigningInAhead(server.Address, browser))
        {
            Assert.Equal("you are signed in", (await login.ReadMessageAsync()).GetProperty("detail").GetString());
            Assert.Equal(0, await login.ExitAsync());
        }

        await using var bridge = HttpProgram.SigningIn(server.Address, browser);
        await AssertAnswerAsync(bridge, Initialize);
        Assert.Single(browser.Opened);
        Assert.DoesNotContain("asks you to sign in", bridge.Errors, StringComparison.Ordinal);
    }

    private static async Task AssertAnswerAsync(HttpProgram bridge, string request) => Assert.Null(await CodeAsync(bridge, request));

    private static async Task<string> FailAsync(HttpProgram bridge, string request) =>
        await CodeAsync(bridge, request) ?? throw new InvalidOperationException("The request did not fail");

    /// <returns>The code of the error that answers a request; null if a result does.</returns>
    private static async Task<string?> CodeAsync(HttpProgram bridge, string request)
    {
        await bridge.SendAsync(request);
        var answer = await bridge.ReadMessageAsync();
        Assert.Equal(JsonElement.Parse(request).GetProperty("id").GetInt32(), answer.GetProperty("id").GetInt32());
        return answer.TryGetProperty("error", out var error) ? error.GetProperty("data").GetProperty("code").GetString() : null;
    }

    private static void AssertNoSecret(ProtectedServer server, string text) =>
        Assert.All(server.Secrets, secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
}
