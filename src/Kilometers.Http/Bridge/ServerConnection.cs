using System.Net;
using System.Net.Http.Headers;
using Kilometers.Http.SignIn;

namespace Kilometers.Http.Bridge;

/// <summary>The requests to a server: what each carries beside its message, and where it goes.</summary>
internal sealed class ServerConnection : IDisposable
{
    public const string SessionHeader = "Mcp-Session-Id";
    private const int MaxRedirects = 5;

    /// <summary>A token that is renewed, one that the user is asked for, one with more permissions, and one to spare.</summary>
    private const int MaxAttempts = 5;

    private readonly Uri _server;
    private readonly IReadOnlyList<KeyValuePair<string, string>> _headers;
    private readonly HttpMessageInvoker _http;
    private readonly TokenSource? _tokens;
    private Uri _messages;

    /// <param name="server">The address of the server's MCP endpoint.</param>
    /// <param name="headers">Headers of the user's for every request.</param>
    /// <param name="tokens">Signs the user in; null: the headers say who the user is.</param>
    public ServerConnection(Uri server, IReadOnlyList<KeyValuePair<string, string>> headers, TokenSource? tokens)
    {
        (_server, _messages, _headers, _tokens) = (server, server, headers, tokens);
        _http = new HttpMessageInvoker(Create(server));
    }

    /// <summary>The session's id, once the server gave one.</summary>
    public string? SessionId { get; private set; }

    /// <summary>The version that client and server agreed on in <c>initialize</c>.</summary>
    public string? Version { get; set; }

    /// <summary>Sends a message.</summary>
    /// <returns>The answer; its body is still to be read.</returns>
    public async Task<HttpResponseMessage> PostAsync(ClientMessage message, CancellationToken cancellationToken)
    {
        var response = await SendAsync(Create, mayAsk: true, cancellationToken).ConfigureAwait(false);
        if (message.IsInitialize && response.Headers.TryGetValues(SessionHeader, out var ids))
            SessionId = ids.First();
        return response;

        HttpRequestMessage Create()
        {
            var request = new HttpRequestMessage(HttpMethod.Post, _messages) { Content = new ReadOnlyMemoryContent(message.Line) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
            Identify(request, message.Version);
            foreach (var (name, value) in message.Headers)
                request.Headers.TryAddWithoutValidation(name, value);
            return request;
        }
    }

    /// <summary>Asks for an event stream.</summary>
    /// <param name="lastEvent">The last event that was seen of it; null: it is a new one.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<HttpResponseMessage> ListenAsync(string? lastEvent, CancellationToken cancellationToken) =>
        SendAsync(
            () =>
            {
                var request = new HttpRequestMessage(HttpMethod.Get, _server);
                request.Headers.TryAddWithoutValidation("Accept", "text/event-stream");
                if (lastEvent is not null)
                    request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEvent);
                Identify(request, null);
                return request;
            },
            mayAsk: false,
            cancellationToken
        );

    /// <summary>Ends the session, if there is one.</summary>
    public async Task DeleteAsync(CancellationToken cancellationToken)
    {
        if (SessionId is null)
            return;
        using var response = await SendAsync(
                () =>
                {
                    var request = new HttpRequestMessage(HttpMethod.Delete, _server);
                    Identify(request, null);
                    return request;
                },
                mayAsk: false,
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <summary>A server of version 2024-11-05 has said where it wants messages sent to.</summary>
    /// <returns>False if that is another server: it gets none of the user's headers.</returns>
    public bool TryUseEndpoint(string address)
    {
        if (!Uri.TryCreate(_server, address, out var found) || !IsSameOrigin(found))
            return false;
        _messages = found;
        return true;
    }

    public void Dispose() => _http.Dispose();

    private static SocketsHttpHandler Create(Uri server)
    {
        var handler = Upstream.Create(server);
        handler.AutomaticDecompression = DecompressionMethods.All;
        return handler;
    }

    private void Identify(HttpRequestMessage request, string? version)
    {
        request.Version = HttpVersion.Version20;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
        if (SessionId is not null)
            request.Headers.TryAddWithoutValidation(SessionHeader, SessionId);
        if ((version ?? Version) is { } spoken)
            request.Headers.TryAddWithoutValidation("MCP-Protocol-Version", spoken);
        foreach (var (name, value) in _headers)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }
    }

    /// <summary>Sends a request, and once more for each token that the server wants instead.</summary>
    /// <param name="create">Creates it.</param>
    /// <param name="mayAsk">Whether the user may be asked to sign in for it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    private async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> create, bool mayAsk, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var token = _tokens is null ? null : await _tokens.FindAsync(cancellationToken).ConfigureAwait(false);
            var response = await FollowAsync(create, token, cancellationToken).ConfigureAwait(false);
            if (_tokens is null || attempt == MaxAttempts)
                return response;
            try
            {
                if (!await _tokens.TakeAsync(response, token, mayAsk, cancellationToken).ConfigureAwait(false))
                    return response;
            }
            catch
            {
                response.Dispose();
                throw;
            }

            response.Dispose();
        }
    }

    /// <summary>Follows redirections, but to no other server: the user's headers and token are for this one.</summary>
    private async Task<HttpResponseMessage> FollowAsync(Func<HttpRequestMessage> create, string? token, CancellationToken cancellationToken)
    {
        Uri? address = null;
        for (var redirects = 0; ; redirects++)
        {
            var request = create();
            request.RequestUri = address ?? request.RequestUri;
            if (token is not null)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            var response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var isRedirection = response.StatusCode is HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;
            if (!isRedirection || redirects == MaxRedirects || response.Headers.Location is not { } location)
                return response;
            address = new Uri(request.RequestUri!, location);
            if (!IsSameOrigin(address))
                return response;
            response.Dispose();
        }
    }

    private bool IsSameOrigin(Uri address) => address.GetLeftPart(UriPartial.Authority) == _server.GetLeftPart(UriPartial.Authority);
}
