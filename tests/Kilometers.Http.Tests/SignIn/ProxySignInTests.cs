using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kilometers.Http.Tests.Running;
using Microsoft.AspNetCore.WebUtilities;

namespace Kilometers.Http.Tests.SignIn;

/// <summary>A client that does OAuth itself, by the rules of the specification, and knows only the proxy.</summary>
public sealed class ProxySignInTests : IDisposable
{
    private const string Redirect = "http://127.0.0.1:9/callback";
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    public void Dispose() => _http.Dispose();

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task A_client_signs_in_for_the_proxy_and_the_server_gets_a_token_for_itself(string host)
    {
        await using var server = await ProtectedServer.StartAsync();
        await using var proxy = await HttpProgram.ProxyAsync(server.Address);
        var address = new UriBuilder(proxy.Address) { Host = host }.Uri;
        var issuer = await FindIssuerAsync(address);
        var (token, client) = await SignInAsync(issuer, address);

        Assert.Equal(HttpStatusCode.OK, (await PingAsync(address, token.GetProperty("access_token").GetString())).StatusCode);
        var renewed = await PostAsync(
            issuer,
            new()
            {
                ["grant_type"] = "refresh_token",
                ["refresh_token"] = token.GetProperty("refresh_token").GetString()!,
                ["client_id"] = client,
                ["resource"] = address.AbsoluteUri,
            }
        );
        Assert.True(renewed.TryGetProperty("access_token", out _));
        Assert.Empty(server.Faults);
        Assert.Equal(["authorization_code", "refresh_token"], server.Granted);
        Assert.All(server.Secrets, secret => Assert.DoesNotContain(secret, proxy.Errors, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_sign_in_that_began_before_a_restart_still_leads_to_the_same_endpoints()
    {
        await using var server = await ProtectedServer.StartAsync();
        string port;
        JsonElement issuer;
        await using (var proxy = await HttpProgram.ProxyAsync(server.Address))
        {
            port = proxy.Address.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
            issuer = await FindIssuerAsync(proxy.Address);
            proxy.Terminate();
            await proxy.ExitAsync();
        }

        await using var next = await HttpProgram.ProxyAsync(server.Address, "--listen", $"127.0.0.1:{port}");
        var (token, _) = await SignInAsync(issuer, next.Address);
        Assert.Equal(HttpStatusCode.OK, (await PingAsync(next.Address, token.GetProperty("access_token").GetString())).StatusCode);
    }

    [Fact]
    public async Task The_metadata_of_another_server_reaches_the_client_as_it_is()
    {
        await using var server = await ProtectedServer.StartAsync();
        server.Resource = "https://bank.example/mcp";
        await using var proxy = await HttpProgram.ProxyAsync(server.Address);
        var place = new Uri(proxy.Address, "/.well-known/oauth-protected-resource/mcp");
        var direct = await _http.GetByteArrayAsync(new Uri(server.Address, place.AbsolutePath), Cancelled);
        Assert.Equal(direct, await _http.GetByteArrayAsync(place, Cancelled));
        Assert.EndsWith("[NET_AUT_003]", await proxy.WaitForErrorAsync($"km: {server.Origin} asks for tokens"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sign_in_that_cannot_be_right_is_refused_with_a_hint_to_the_bridge()
    {
        await using var server = await ProtectedServer.StartAsync();
        server.NamesItself = true;
        await using var proxy = await HttpProgram.ProxyAsync(server.Address);
        using var answer = await _http.GetAsync(new Uri(proxy.Address, "/.well-known/oauth-protected-resource/mcp"), Cancelled);
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        var error = JsonElement.Parse(await answer.Content.ReadAsStringAsync(Cancelled)).GetProperty("error");
        Assert.Equal("NET_AUT_004", error.GetProperty("code").GetString());
        Assert.Contains("km bridge", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://elsewhere.example", false)]
    [InlineData("ORIGIN", true)]
    public async Task A_server_of_2025_03_26_is_its_own_authorization_server_or_passes_as_it_is(string issuer, bool isChanged)
    {
        ScriptedServer? own = null;
        await using var server = await ScriptedServer.StartAsync(
            (context, _) =>
            {
                var name = issuer.Replace("ORIGIN", own!.Address.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal);
                if (context.Request.Path == "/.well-known/oauth-authorization-server")
                    return ScriptedServer.JsonAsync(context, $$"""{"issuer":"{{name}}","token_endpoint":"{{name}}/token" }""");
                context.Response.StatusCode = 404;
                return Task.CompletedTask;
            }
        );
        own = server;
        await using var proxy = await HttpProgram.ProxyAsync(server.Address);
        const string Place = "/.well-known/oauth-authorization-server";
        var direct = await _http.GetStringAsync(new Uri(server.Address, Place), Cancelled);
        var through = await _http.GetStringAsync(new Uri(proxy.Address, Place), Cancelled);
        if (isChanged)
            Assert.Equal(proxy.Address.GetLeftPart(UriPartial.Authority), JsonElement.Parse(through).GetProperty("issuer").GetString());
        else
            Assert.Equal(direct, through);
    }

    [Theory]
    [InlineData("/km-sign-in/0123456789abcdef/token")]
    [InlineData("/km-sign-in/0123456789abcdef/authorize?resource=x")]
    [InlineData("/km-sign-in/")]
    [InlineData("/.well-known/oauth-authorization-server/km-sign-in/0123456789abcdef")]
    public async Task An_authorization_server_that_the_server_does_not_name_is_not_reached(string path)
    {
        await using var server = await ProtectedServer.StartAsync();
        await using var proxy = await HttpProgram.ProxyAsync(server.Address);
        using var answer = await _http.GetAsync(new Uri(proxy.Address, path), Cancelled);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.DoesNotContain(server.Requests, request => request.Path.StartsWith("/as/", StringComparison.Ordinal));
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>From the refusal to the description of the authorization server, checking what a client must check.</summary>
    private async Task<JsonElement> FindIssuerAsync(Uri address)
    {
        using var refusal = await PingAsync(address, null);
        Assert.Equal(HttpStatusCode.Unauthorized, refusal.StatusCode);
        var challenge = Kilometers.Http.SignIn.Challenge.Read(refusal);
        Assert.Equal("invalid_token", challenge.Error);
        var resource = JsonElement.Parse(await _http.GetStringAsync(challenge.ResourceMetadata, Cancelled));
        Assert.Equal(address.AbsoluteUri, resource.GetProperty("resource").GetString());
        Assert.Equal("read", resource.GetProperty("scopes_supported")[0].GetString());
        var issuer = new Uri(resource.GetProperty("authorization_servers")[0].GetString()!);
        var place = Kilometers.Http.SignIn.Discovery.PlacesOf(issuer)[0];
        var found = JsonElement.Parse(await _http.GetStringAsync(place, Cancelled));
        Assert.Equal(issuer.AbsoluteUri, found.GetProperty("issuer").GetString());
        Assert.All(["authorization_endpoint", "token_endpoint", "registration_endpoint"], name =>
            Assert.StartsWith(address.GetLeftPart(UriPartial.Authority), found.GetProperty(name).GetString(), StringComparison.Ordinal)
        );
        return found;
    }

    private async Task<(JsonElement Token, string Client)> SignInAsync(JsonElement issuer, Uri resource)
    {
        using var registration = new StringContent(
            $$"""{"redirect_uris":["{{Redirect}}"],"application_type":"native"}""",
            new MediaTypeHeaderValue("application/json")
        );
        using var registered = await _http.PostAsync(issuer.GetProperty("registration_endpoint").GetString(), registration, Cancelled);
        Assert.Equal(HttpStatusCode.Created, registered.StatusCode);
        var client = JsonElement.Parse(await registered.Content.ReadAsStringAsync(Cancelled)).GetProperty("client_id").GetString()!;

        var verifier = WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32));
        var query = new Dictionary<string, string?>
        {
            ["response_type"] = "code",
            ["client_id"] = client,
            ["redirect_uri"] = Redirect,
            ["state"] = "a b+c",
            ["code_challenge"] = WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
            ["code_challenge_method"] = "S256",
            ["resource"] = resource.AbsoluteUri,
        };
        var next = QueryHelpers.AddQueryString(issuer.GetProperty("authorization_endpoint").GetString()!, query);
        while (!next.StartsWith(Redirect, StringComparison.Ordinal))
        {
            using var answer = await _http.GetAsync(next, Cancelled);
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
            next = answer.Headers.Location!.OriginalString;
        }

        var brought = QueryHelpers.ParseQuery(new Uri(next).Query);
        Assert.Equal("a b+c", brought["state"].ToString());
        var token = await PostAsync(
            issuer,
            new()
            {
                ["grant_type"] = "authorization_code",
                ["code"] = brought["code"].ToString(),
                ["code_verifier"] = verifier,
                ["client_id"] = client,
                ["redirect_uri"] = Redirect,
                ["resource"] = resource.AbsoluteUri,
            }
        );
        return (token, client);
    }

    private async Task<JsonElement> PostAsync(JsonElement issuer, Dictionary<string, string> form)
    {
        using var content = new FormUrlEncodedContent(form);
        using var answer = await _http.PostAsync(issuer.GetProperty("token_endpoint").GetString(), content, Cancelled);
        return JsonElement.Parse(await answer.Content.ReadAsStringAsync(Cancelled));
    }

    private async Task<HttpResponseMessage> PingAsync(Uri address, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address);
        request.Content = new StringContent("""{"jsonrpc":"2.0","id":1,"method":"ping"}""", new MediaTypeHeaderValue("application/json"));
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return await _http.SendAsync(request, Cancelled);
    }
}
