using Kilometers.Http.Tests.Running;

namespace Kilometers.Http.Tests.SignIn;

/// <summary>Servers that want a sign-in which would harm the user: none gets one.</summary>
public sealed class HostileServerTests
{
    private const string Ping = """{"jsonrpc":"2.0","id":1,"method":"ping"}""";

    [Theory]
    [InlineData("https://bank.example/mcp")]
    [InlineData("ORIGIN/mcp/other")]
    [InlineData("ORIGIN/mc")]
    [InlineData("")]
    public async Task Tokens_for_another_server_are_not_requested(string resource)
    {
        await using var server = await ProtectedServer.StartAsync();
        server.Resource = resource.Replace("ORIGIN", server.Origin, StringComparison.Ordinal);
        await AssertRefusedAsync(server, "NET_AUT_003", opened: 0);
    }

    [Fact]
    public async Task A_server_without_PKCE_is_refused()
    {
        await using var server = await ProtectedServer.StartAsync();
        server.HasPkce = false;
        await AssertRefusedAsync(server, "NET_AUT_004", opened: 0);
    }

    [Theory]
    [InlineData("file:///bin/sh")]
    [InlineData("javascript:alert(1)")]
    [InlineData("calculator://open")]
    [InlineData("http://192.0.2.1/authorize")]
    [InlineData("--version")]
    public async Task An_address_that_is_no_web_page_is_not_opened(string address)
    {
        await using var server = await ProtectedServer.StartAsync();
        server.AuthorizationEndpoint = address;
        await AssertRefusedAsync(server, "NET_AUT_004", opened: 0);
    }

    [Fact]
    public async Task An_answer_of_another_authorization_server_is_refused()
    {
        await using var server = await ProtectedServer.StartAsync();
        server.AnswersAs = "https://other.example";
        await AssertRefusedAsync(server, "NET_AUT_002", opened: 1);
        Assert.Empty(server.Granted);
    }

    [Fact]
    public async Task A_page_that_does_not_know_the_state_cannot_end_the_sign_in()
    {
        await using var server = await ProtectedServer.StartAsync();
        await using var browser = new TestBrowser();
        var visit = browser.Visit;
        browser.Visit = async address =>
        {
            var redirect = System.Web.HttpUtility.ParseQueryString(address.Query)["redirect_uri"];
            using var http = new HttpClient();
            using var answer = await http.GetAsync($"{redirect}?state=guessed&error=access_denied");
            Assert.Equal(System.Net.HttpStatusCode.BadRequest, answer.StatusCode);
            await visit(address);
        };
        await using var bridge = HttpProgram.SigningIn(server.Address, browser);
        await bridge.SendAsync(Ping);
        Assert.True((await bridge.ReadMessageAsync()).TryGetProperty("result", out _));
    }

    private static async Task AssertRefusedAsync(ProtectedServer server, string code, int opened)
    {
        await using var browser = new TestBrowser();
        await using var bridge = HttpProgram.SigningIn(server.Address, browser);
        await bridge.SendAsync(Ping);
        var message = await bridge.ReadMessageAsync();
        Assert.Equal(code, message.GetProperty("error").GetProperty("data").GetProperty("code").GetString());
        Assert.Equal(opened, browser.Opened.Count);
    }
}
