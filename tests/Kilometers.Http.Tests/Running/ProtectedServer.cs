using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Kilometers.Http.Tests.Running;

/// <summary>
/// An MCP server and its authorization server, which check what real ones check: the registered redirect, PKCE, the resource, single use of
/// codes, and rotation of refresh tokens, which all become void when one is used twice.
/// </summary>
internal sealed class ProtectedServer : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, string> _clients = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Grant> _codes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Grant> _access = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Grant> _refresh = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _used = new(StringComparer.Ordinal);
    private ScriptedServer _server = null!;

    public Uri Address => _server.Address;

    public string Origin => Address.GetLeftPart(UriPartial.Authority);

    public string Issuer => Origin + "/as";

    /// <summary>What the server calls itself; null: its address.</summary>
    public string? Resource { get; set; }

    public bool HasPkce { get; set; } = true;

    /// <summary>What the authorization endpoint is said to be; null: what it is.</summary>
    public string? AuthorizationEndpoint { get; set; }

    /// <summary>Who the answer to the browser is from; null: who it is.</summary>
    public string? AnswersAs { get; set; }

    /// <summary>Whether its authorization server says that it names itself in answers.</summary>
    public bool NamesItself { get; set; }

    public bool Denies { get; set; }

    public int Lifetime { get; set; } = 3600;

    /// <summary>The permission that a call of a tool needs.</summary>
    public string CallScope { get; set; } = "read";

    /// <summary>The secret of the client <c>known</c>, which need not register.</summary>
    public string? KnownSecret { get; set; }

    /// <summary>Everything secret that it issued.</summary>
    public ConcurrentQueue<string> Secrets { get; } = new();

    /// <summary>The kinds of token requests that it granted.</summary>
    public ConcurrentQueue<string> Granted { get; } = new();

    /// <summary>Why it refused requests of km that it should not have sent.</summary>
    public ConcurrentQueue<string> Faults { get; } = new();

    public ConcurrentQueue<SeenRequest> Requests => _server.Requests;

    public static async Task<ProtectedServer> StartAsync()
    {
        var server = new ProtectedServer();
        server._server = await ScriptedServer.StartAsync(server.AnswerAsync);
        return server;
    }

    /// <summary>No access token is valid any longer.</summary>
    public void Expire() => _access.Clear();

    /// <summary>No refresh token is, either.</summary>
    public void Revoke() => _refresh.Clear();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private Task AnswerAsync(HttpContext context, string body) =>
        context.Request.Path.Value switch
        {
            "/mcp" => ServeAsync(context, body),
            "/.well-known/oauth-protected-resource/mcp" => ScriptedServer.JsonAsync(
                context,
                $$"""{"resource":"{{Resource ?? Address.AbsoluteUri}}","authorization_servers":["{{Issuer}}"],"scopes_supported":["read"]}"""
            ),
            "/.well-known/oauth-authorization-server/as" => ScriptedServer.JsonAsync(context, Describe()),
            "/as/register" => RegisterAsync(context, body),
            "/as/authorize" => AuthorizeAsync(context),
            "/as/token" => IssueAsync(context, body),
            _ => StatusAsync(context, 404),
        };

    private string Describe() =>
        $$"""
            {"issuer":"{{Issuer}}","authorization_endpoint":"{{AuthorizationEndpoint ?? Issuer + "/authorize"}}",
            "token_endpoint":"{{Issuer}}/token","registration_endpoint":"{{Issuer}}/register",
            "scopes_supported":["read","write","offline_access"],
            {{(HasPkce ? "\"code_challenge_methods_supported\":[\"S256\"]," : "")}}"response_types_supported":["code"],
            "authorization_response_iss_parameter_supported":{{(NamesItself ? "true" : "false")}}}
            """;

    private Task ServeAsync(HttpContext context, string body)
    {
        var token =
            context.Request.Headers.Authorization.ToString() is var header && header.StartsWith("Bearer ", StringComparison.Ordinal)
                ? header[7..]
                : "";
        var challenge = $"resource_metadata=\"{Origin}/.well-known/oauth-protected-resource/mcp\"";
        if (!_access.TryGetValue(token, out var grant))
        {
            context.Response.Headers.WWWAuthenticate = $"Bearer error=\"invalid_token\", {challenge}";
            return StatusAsync(context, 401);
        }

        if (context.Request.Method != "POST")
            return StatusAsync(context, context.Request.Method == "DELETE" ? 200 : 405);
        using var message = JsonDocument.Parse(body);
        if (!message.RootElement.TryGetProperty("id", out var id))
            return StatusAsync(context, 202);
        if (message.RootElement.GetProperty("method").GetString() == "tools/call" && !grant.Scope.Split(' ').Contains(CallScope))
        {
            context.Response.Headers.WWWAuthenticate = $"Bearer error=\"insufficient_scope\", scope=\"{CallScope}\", {challenge}";
            return StatusAsync(context, 403);
        }

        return ScriptedServer.JsonAsync(
            context,
            $$$"""
            {"jsonrpc":"2.0","id":{{{id.GetRawText()}}},
            "result":{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"protected","version":"1"} } }
            """
        );
    }

    private Task RegisterAsync(HttpContext context, string body)
    {
        using var request = JsonDocument.Parse(body);
        if (request.RootElement.GetProperty("application_type").GetString() != "native")
            return FaultAsync(context, "invalid_client_metadata");
        var id = "client-" + RandomNumberGenerator.GetHexString(8);
        _clients[id] = request.RootElement.GetProperty("redirect_uris")[0].GetString()!;
        return ScriptedServer.JsonAsync(
            context,
            $$"""{"client_id":"{{id}}","token_endpoint_auth_method":"none","redirect_uris":["{{_clients[id]}}"]}""",
            201
        );
    }

    private Task AuthorizeAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var (client, redirect) = (query["client_id"].ToString(), query["redirect_uri"].ToString());
        var isKnown = client == "known" && KnownSecret is not null && new Uri(redirect).IsLoopback;
        if (!isKnown && _clients.GetValueOrDefault(client) != redirect)
            return FaultAsync(context, "invalid_redirect");
        if (query["response_type"] != "code" || query["code_challenge_method"] != "S256" || query["code_challenge"].ToString().Length != 43)
            return FaultAsync(context, "invalid_pkce");
        if (query["resource"] != Address.AbsoluteUri)
            return FaultAsync(context, "invalid_target");
        var answer = new Dictionary<string, string?> { ["state"] = query["state"], ["iss"] = AnswersAs ?? Issuer };
        if (Denies)
            answer["error"] = "access_denied";
        else
        {
            answer["code"] = Secret("code");
            _codes[answer["code"]!] = new Grant(client, query["scope"].ToString(), redirect, query["code_challenge"].ToString());
        }

        context.Response.Redirect(QueryHelpers.AddQueryString(redirect, answer));
        return Task.CompletedTask;
    }

    private Task IssueAsync(HttpContext context, string body)
    {
        var form = QueryHelpers.ParseQuery(body).ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
        if (form.GetValueOrDefault("resource") != Address.AbsoluteUri)
            return FaultAsync(context, "invalid_target");
        var client = form.GetValueOrDefault("client_id") ?? "";
        if (KnownSecret is not null)
        {
            var expected = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"known:{KnownSecret}"));
            if (context.Request.Headers.Authorization != expected)
                return FaultAsync(context, "invalid_client");
            client = "known";
        }

        Grant? grant;
        if (form["grant_type"] == "authorization_code")
        {
            var proof = WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"])));
            if (!_codes.TryRemove(form["code"], out grant) || grant.Challenge != proof || grant.Redirect != form["redirect_uri"])
                return FaultAsync(context, "invalid_grant");
        }
        else if (_used.ContainsKey(form["refresh_token"]))
        {
            Revoke();
            return FaultAsync(context, "invalid_grant");
        }
        else if (!_refresh.TryRemove(form["refresh_token"], out grant))
            return ScriptedServer.JsonAsync(context, """{"error":"invalid_grant"}""", 400);
        else
            _used[form["refresh_token"]] = true;
        if (grant.Client != client)
            return FaultAsync(context, "invalid_client");
        Granted.Enqueue(form["grant_type"]);
        var (access, refresh) = (Secret("access"), Secret("refresh"));
        (_access[access], _refresh[refresh]) = (grant, grant);
        return ScriptedServer.JsonAsync(
            context,
            $$"""{"access_token":"{{access}}","token_type":"bearer","expires_in":{{Lifetime}},"refresh_token":"{{refresh}}"}"""
        );
    }

    private string Secret(string kind)
    {
        var secret = $"{kind}-{RandomNumberGenerator.GetHexString(32)}";
        Secrets.Enqueue(secret);
        return secret;
    }

    private Task FaultAsync(HttpContext context, string error)
    {
        Faults.Enqueue(error);
        return ScriptedServer.JsonAsync(context, $$"""{"error":"{{error}}"}""", 400);
    }

    private static Task StatusAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    private sealed record Grant(string Client, string Scope, string Redirect, string Challenge);
}
