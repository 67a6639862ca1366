using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kilometers.Contracts;
using Kilometers.Http.SignIn;
using Yarp.ReverseProxy.Forwarder;

namespace Kilometers.Http.Proxy;

/// <summary>
/// Leads the sign-in of a client through the proxy. The client signs in for the address that it knows, the proxy's, and the authorization
/// server gets the server's true address. Only authorization servers that the server itself names are reached, and nothing is kept.
/// </summary>
/// <param name="server">The server.</param>
/// <param name="forwarder">Passes requests on.</param>
/// <param name="config">How.</param>
/// <param name="faults">Tells the user.</param>
internal sealed class SignInGateway(Uri server, IHttpForwarder forwarder, ForwarderRequestConfig config, FaultReports faults)
{
    private const int MaxForm = 64 * 1024;
    private readonly SignInRequests _requests = new(server);
    private readonly string _resourcePath = Discovery.ResourcePath + server.AbsolutePath.TrimEnd('/');
    private readonly string _origin = server.GetLeftPart(UriPartial.Authority);

    // What the server last said of where it describes itself.
    private volatile Challenge _challenge = new(null, [], null);

    private Discovery Discovery => new(server, _requests);

    /// <summary>Changes what a refusal says of where the server describes itself.</summary>
    /// <param name="refusal">The refusal.</param>
    /// <param name="context">The answer to the client.</param>
    public void Rewrite(HttpResponseMessage refusal, HttpContext context)
    {
        var challenge = Challenge.Read(refusal);
        if (challenge.ResourceMetadata is not { } named || !SafeAddress.TryRead(named, server, out _))
            return;
        _challenge = challenge;
        var own = new OwnAddress(server, context.Request.Host).Origin + _resourcePath;
        var headers = context.Response.Headers;
        headers.WWWAuthenticate = headers.WWWAuthenticate.Select(value => value?.Replace(named, own, StringComparison.Ordinal)).ToArray();
    }

    /// <summary>Answers a request that is part of a sign-in.</summary>
    /// <returns>Whether it was one. All others pass as they are.</returns>
    /// <exception cref="KmException">The sign-in cannot be led through the proxy.</exception>
    public async Task<bool> TryAnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        var own = new OwnAddress(server, context.Request.Host);
        if (HttpMethods.IsGet(context.Request.Method) && (path == _resourcePath || path == Discovery.ResourcePath))
            return await TryAnswerResourceAsync(context, own).ConfigureAwait(false);
        if (HttpMethods.IsGet(context.Request.Method) && path is Discovery.IssuerPath or Discovery.OpenIdPath)
            return await TryAnswerOriginAsync(context, own).ConfigureAwait(false);
        var at = path.IndexOf(SignInDocuments.Folder, StringComparison.Ordinal);
        if (at < 0)
            return false;
        var words = path[(at + SignInDocuments.Folder.Length)..].Split('/', 2);
        var (name, rest) = (words[0], words.Length > 1 ? words[1] : "");
        var isDescription =
            at == 0 ? "/" + rest == Discovery.OpenIdPath : rest.Length == 0 && path[..at] is Discovery.IssuerPath or Discovery.OpenIdPath;
        if (!isDescription && at > 0)
            return false;
        if (isDescription && HttpMethods.IsOptions(context.Request.Method))
            Permit(context);
        else if (isDescription)
            return await TryAnswerIssuerAsync(context, own, own.Origin + SignInDocuments.Folder + name, name).ConfigureAwait(false);
        else
            await PassAsync(context, own, name, rest).ConfigureAwait(false);
        return true;
    }

    private async Task<bool> TryAnswerResourceAsync(HttpContext context, OwnAddress own)
    {
        var found = await Discovery.FindResourceAsync(_challenge, context.RequestAborted).ConfigureAwait(false);
        if (found is null || Parse(found) is not { } document)
            return false;
        var resource = (document["resource"] as JsonValue)?.TryGetValue<string>(out var text) == true ? text : null;
        if (!SafeAddress.Covers(resource, server))
        {
            // The client must refuse this, as it would without km.
            faults.NoSignIn(SignInFaults.WrongResource(_origin, resource).Error);
            await WriteAsync(context, found).ConfigureAwait(false);
            return true;
        }

        foreach (var issuer in IssuersOf(document))
            await FindIssuerAsync(issuer, context.RequestAborted).ConfigureAwait(false);
        await WriteAsync(context, SignInDocuments.RewriteResource(document, own)).ConfigureAwait(false);
        return true;
    }

    /// <summary>
    /// A server of version 2025-03-26 describes the authorization server as its own. What cannot be changed rightly passes as it is: the client
    /// knows no resource then, and judges as it would without km.
    /// </summary>
    private async Task<bool> TryAnswerOriginAsync(HttpContext context, OwnAddress own)
    {
        var hasResource = await Discovery.FindResourceAsync(_challenge, context.RequestAborted).ConfigureAwait(false) is not null;
        try
        {
            return await TryAnswerIssuerAsync(context, own, own.Origin, SignInDocuments.NameOf(_origin)).ConfigureAwait(false);
        }
        catch (KmException) when (!hasResource)
        {
            return false;
        }
    }

    private async Task<bool> TryAnswerIssuerAsync(HttpContext context, OwnAddress own, string issuer, string name)
    {
        if (await FindByNameAsync(name, context.RequestAborted).ConfigureAwait(false) is not { } document)
            return false;
        await WriteAsync(context, SignInDocuments.RewriteIssuer(document, issuer, name, own)).ConfigureAwait(false);
        return true;
    }

    /// <summary>Passes a request on to an endpoint of an authorization server, with the server's true address in it.</summary>
    private async Task PassAsync(HttpContext context, OwnAddress own, string name, string endpoint)
    {
        var request = context.Request;
        if (
            await FindByNameAsync(name, context.RequestAborted).ConfigureAwait(false) is not { } document
            || !SafeAddress.TryRead(SignInDocuments.EndpointOf(document, endpoint), server, out var address)
        )
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var query = own.WithResource(request.QueryString.Value?.TrimStart('?') ?? "");
        if (query.Length > 0)
            address = new UriBuilder(address) { Query = address.Query.Length > 1 ? $"{address.Query}&{query}" : query }.Uri;
        if (endpoint == SignInDocuments.Authorize)
        {
            // A browser comes here: from now on it is between it and the authorization server.
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Redirect(address.AbsoluteUri);
            return;
        }

        if (endpoint == SignInDocuments.Token && HttpMethods.IsPost(request.Method))
            await RestoreResourceAsync(request, own).ConfigureAwait(false);
        using var http = new HttpMessageInvoker(Upstream.Create(address));
        var error = await forwarder
            .SendAsync(context, address.GetLeftPart(UriPartial.Authority), http, config, new Redirected(address))
            .ConfigureAwait(false);
        if (error != ForwarderError.None && !context.Response.HasStarted)
            throw SignInFaults.Failed(_origin, $"{address.GetLeftPart(UriPartial.Authority)} cannot be reached");
    }

    private static async Task RestoreResourceAsync(HttpRequest request, OwnAddress own)
    {
        using var body = new MemoryStream();
        var buffer = new byte[4096];
        while (await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted).ConfigureAwait(false) is > 0 and var count)
        {
            body.Write(buffer, 0, count);
            if (body.Length > MaxForm)
                throw new BadHttpRequestException("The form is too large", StatusCodes.Status413PayloadTooLarge);
        }

        var form = Encoding.Latin1.GetBytes(own.WithResource(Encoding.Latin1.GetString(body.ToArray())));
        request.Body = new MemoryStream(form);
        request.ContentLength = form.Length;
    }

    /// <summary>The description of an authorization server that the server names, by its name in addresses.</summary>
    private async Task<JsonObject?> FindByNameAsync(string name, CancellationToken cancellationToken)
    {
        // A server of version 2025-03-26 is its own authorization server.
        var found = await Discovery.FindResourceAsync(_challenge, cancellationToken).ConfigureAwait(false);
        var named = found is null || Parse(found) is not { } resource ? [] : IssuersOf(resource);
        return named.Append(_origin).FirstOrDefault(issuer => SignInDocuments.NameOf(issuer) == name) is { } issuer
            ? await FindIssuerAsync(issuer, cancellationToken).ConfigureAwait(false)
            : null;
    }

    private async Task<JsonObject?> FindIssuerAsync(string issuer, CancellationToken cancellationToken)
    {
        if (
            await Discovery.FindIssuerAsync(issuer, cancellationToken).ConfigureAwait(false) is not { } found
            || Parse(found.Text) is not { } document
        )
            return null;
        return SignInDocuments.WhyNot(document, found.Document) is { } why
            ? throw SignInFaults.Unsupported(
                _origin,
                $"{why}.",
                "Use km bridge instead, which signs in itself; or pass a token: --header 'Authorization: Bearer ${TOKEN}'"
            )
            : document;
    }

    private static IReadOnlyList<string> IssuersOf(JsonObject resource) =>
        resource["authorization_servers"] is JsonArray issuers
            ?
            [
                .. issuers
                    .OfType<JsonValue>()
                    .Where(one => one.GetValueKind() == JsonValueKind.String)
                    .Select(one => one.GetValue<string>()),
            ]
            : [];

    private static JsonObject? Parse(byte[] text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static async Task WriteAsync(HttpContext context, byte[] document)
    {
        Permit(context);
        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = document.Length;
        await context.Response.Body.WriteAsync(document).ConfigureAwait(false);
    }

    /// <summary>Lets a page of this machine read it, which the gate has let through.</summary>
    private static void Permit(HttpContext context)
    {
        if (context.Request.Headers.Origin is not [{ } origin])
            return;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        context.Response.Headers.AccessControlAllowOrigin = origin;
        context.Response.Headers.AccessControlAllowHeaders = context.Request.Headers.AccessControlRequestHeaders;
        context.Response.Headers.Vary = "Origin";
    }
}
