using System.Net;
using Kilometers.Http.Observing;
using Kilometers.Link.Ring;
using Yarp.ReverseProxy.Forwarder;

namespace Kilometers.Http.Proxy;

/// <summary>
/// One request and its answer on their way through: what YARP must do otherwise than by default, and what the session's host sees of it.
/// </summary>
/// <param name="target">Where the proxy leads.</param>
/// <param name="request">The request's address as the client wrote it.</param>
/// <param name="session">Whose request it is; null: nobody's, such as a sign-in.</param>
/// <param name="sessions">All sessions.</param>
/// <param name="endpoints">Where clients of version 2024-11-05 send their messages.</param>
/// <param name="signIn">Leads a client's sign-in through the proxy.</param>
/// <param name="limit">Bytes of a message that are observed.</param>
#pragma warning disable CA1001 // The streams belong to the server.
internal sealed class Exchange(
    ProxyTarget target,
    string request,
    ProxySession? session,
    SessionTable sessions,
    MessageEndpoints endpoints,
    SignInGateway signIn,
    long limit
) : HttpTransformer
#pragma warning restore CA1001
{
    public const string SessionHeader = "Mcp-Session-Id";
    private const string Trailers = "trailers";

    private TeeStream? _question;
    private TeeStream? _answer;
    private ChunkedBody? _chunks;

    /// <summary>Whether the session ends with this exchange.</summary>
    public bool EndsSession { get; private set; }

    /// <summary>Whether the server asked for authorization.</summary>
    public bool AsksForSignIn { get; private set; }

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext,
        HttpRequestMessage proxyRequest,
        string destinationPrefix,
        CancellationToken cancellationToken
    )
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken).ConfigureAwait(false);
        proxyRequest.RequestUri = target.AddressOf(request);

        // The server's own name, not ours.
        proxyRequest.Headers.Host = null;

        // YARP drops this header of HTTP/1.1, which is for one connection only: we take trailers if the client does.
        if (httpContext.Request.Headers.TE.ToString().Contains(Trailers, StringComparison.OrdinalIgnoreCase))
        {
            proxyRequest.Headers.TryAddWithoutValidation("TE", Trailers);
            proxyRequest.Headers.TryAddWithoutValidation("Connection", "TE");
        }

        target.AddHeaders(proxyRequest.Headers);
    }

    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext,
        HttpResponseMessage? proxyResponse,
        CancellationToken cancellationToken
    )
    {
        var proceeds = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken).ConfigureAwait(false);
        if (proxyResponse is null)
            return proceeds;
        if (proxyResponse.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            signIn.Rewrite(proxyResponse, httpContext);
        AsksForSignIn = proxyResponse.StatusCode == HttpStatusCode.Unauthorized && proxyResponse.Headers.WwwAuthenticate.Count > 0;
        _chunks = ChunkedBody.Frame(httpContext);
        if (session is not null)
            ObserveAnswer(httpContext, proxyResponse);

        // YARP sends the headers with the first byte of the body. An event stream may be silent for hours, and its client waits for them.
        if (proxyResponse.Content.Headers.ContentType?.MediaType == "text/event-stream")
            await httpContext.Response.Body.FlushAsync(cancellationToken).ConfigureAwait(false);
        return proceeds;
    }

    public override async ValueTask TransformResponseTrailersAsync(
        HttpContext httpContext,
        HttpResponseMessage proxyResponse,
        CancellationToken cancellationToken
    )
    {
        if (_chunks is null)
            return;
        var trailers = proxyResponse.TrailingHeaders.NonValidated;
        if (httpContext.Response.HasStarted || trailers.Count > 0)
            await _chunks.EndAsync(trailers, cancellationToken).ConfigureAwait(false);
        else
            Withdraw();
    }

    /// <summary>Another answer takes the place of the server's, which has not started.</summary>
    public void Withdraw()
    {
        _chunks?.Undo();
        _chunks = null;
    }

    /// <summary>Shows the session what the client sends.</summary>
    public void ObserveQuestion(HttpRequest question)
    {
        if (session is null || !HttpMethods.IsPost(question.Method))
            return;
        var body = new MessageBody(session.Observed, Channel.Inbound, limit, mustBeMessage: false);
        if (DecodedBody.Create(question.Headers.ContentEncoding, body) is { } observer)
            question.Body = _question = new TeeStream(question.Body, observer, question.ContentLength);
    }

    /// <summary>The exchange is over.</summary>
    /// <param name="isWhole">Whether all of it has passed.</param>
    public async Task FinishAsync(bool isWhole)
    {
        if (session is null)
            return;
        if (_question is not null)
            await _question.EndAsync(isWhole).ConfigureAwait(false);
        if (_answer is not null)
            await _answer.EndAsync(isWhole).ConfigureAwait(false);
        sessions.Leave(session, EndsSession);
    }

    private void ObserveAnswer(HttpContext context, HttpResponseMessage answer)
    {
        var id = answer.Headers.TryGetValues(SessionHeader, out var ids) ? ids.First() : null;
        var isRefusal = (int)answer.StatusCode >= 400;
        if (!isRefusal)
            sessions.Settle(session!, id);
        var named = context.Request.Headers[SessionHeader].Count > 0;
        EndsSession =
            named
            && (
                answer.StatusCode == HttpStatusCode.NotFound || (HttpMethods.IsDelete(context.Request.Method) && answer.IsSuccessStatusCode)
            );
        if (isRefusal)
            session!.Observed.Add(
                Channel.ServerError,
                System.Text.Encoding.UTF8.GetBytes($"HTTP {(int)answer.StatusCode} {answer.ReasonPhrase} for {context.Request.Method}")
            );

        IBodyObserver? observer = answer.Content.Headers.ContentType?.MediaType switch
        {
            "text/event-stream" => new EventBody(session!.Observed, limit, Learn),
            "application/json" => new MessageBody(session!.Observed, Channel.Outbound, limit, mustBeMessage: isRefusal),
            _ => null,
        };
        if (observer is null || DecodedBody.Create(answer.Content.Headers.ContentEncoding.LastOrDefault(), observer) is not { } decoded)
            return;
        context.Response.Body = _answer = new TeeStream(context.Response.Body, decoded, answer.Content.Headers.ContentLength);
    }

    private void Learn(string endpoint)
    {
        if (target.PathOf(endpoint) is { } path)
            endpoints.Add(path, session!);
    }
}
