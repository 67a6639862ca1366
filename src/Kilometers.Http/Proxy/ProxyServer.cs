using System.Net;
using System.Text;
using Kilometers.Contracts;
using Kilometers.Http.Observing;
using Kilometers.Link.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Yarp.ReverseProxy.Forwarder;

namespace Kilometers.Http.Proxy;

/// <summary>
/// <c>km proxy</c>: a transparent reverse proxy. Its way of a request: the gate (<see cref="OriginGate"/>), the session
/// (<see cref="SessionTable"/>), YARP's forwarder with an <see cref="Exchange"/>, which changes and shows what must be.
/// </summary>
internal sealed class ProxyServer : IAsyncDisposable
{
    private const int MaxHeaderBytes = 1 << 20;
    private const int MaxHeaders = 1000;
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(1);

    private static readonly ForwarderRequestConfig Patient = new()
    {
        // A stream may be silent for as long as it likes.
        ActivityTimeout = Timeout.InfiniteTimeSpan,
        Version = HttpVersion.Version20,
        VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        AllowResponseBuffering = false,
    };

    private readonly ProxyTarget _target;
    private readonly SessionSettings _settings;
    private readonly SessionTable _sessions;
    private readonly MessageEndpoints _endpoints = new();
    private readonly FaultReports _faults = new();
    private readonly RestWatch _rest;
    private readonly HttpMessageInvoker _upstream;
    private readonly WebApplication _app;
    private readonly IHttpForwarder _forwarder;
    private readonly SignInGateway _signIn;

    /// <param name="server">The address of the server's MCP endpoint.</param>
    /// <param name="headers">Headers that every request gets.</param>
    /// <param name="listen">Where to listen.</param>
    /// <param name="settings">What all sessions have in common.</param>
    /// <param name="time">The clock.</param>
    public ProxyServer(
        Uri server,
        IReadOnlyList<KeyValuePair<string, string>> headers,
        IPEndPoint listen,
        SessionSettings settings,
        TimeProvider time
    )
    {
        _target = new ProxyTarget(server, headers);
        _settings = settings;
        _sessions = new SessionTable(settings, time);
        _rest = new RestWatch(time);
        _upstream = new HttpMessageInvoker(Upstream.Create(server));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, listen));
        builder.Services.AddHttpForwarder();
        _app = builder.Build();
        _forwarder = _app.Services.GetRequiredService<IHttpForwarder>();
        _signIn = new SignInGateway(server, _forwarder, Patient, _faults);
        _app.Run(ServeAsync);
    }

    /// <summary>The address to give to a client; known once it has started.</summary>
    public string Address { get; private set; } = "";

    private int Port { get; set; }

    /// <exception cref="IOException">The address is in use, or cannot be had.</exception>
    public async Task StartAsync()
    {
        await _app.StartAsync().ConfigureAwait(false);
        var bound = new Uri(((IApplicationBuilder)_app).ServerFeatures.Get<IServerAddressesFeature>()!.Addresses.Single());
        Address = bound.GetLeftPart(UriPartial.Authority) + _target.Path;
        Port = bound.Port;
    }

    /// <summary>Serves until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var over = new CancellationTokenSource();
        var watching = Task.WhenAll(_sessions.RunAsync(over.Token), _rest.RunAsync(over.Token));
        var stop = new TaskCompletionSource();
        await using (cancellationToken.Register(stop.SetResult).ConfigureAwait(false))
            await stop.Task.ConfigureAwait(false);
        using var limit = new CancellationTokenSource(StopLimit, TimeProvider.System);
        await _app.StopAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await over.CancelAsync().ConfigureAwait(false);
        await watching.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync().ConfigureAwait(false);
        _upstream.Dispose();
    }

    private static void Configure(KestrelServerOptions kestrel, IPEndPoint listen)
    {
        kestrel.AddServerHeader = false;
        kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
        kestrel.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        kestrel.Limits.MaxRequestLineSize = MaxHeaderBytes;
        kestrel.Limits.MaxRequestHeaderCount = MaxHeaders;
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromHours(1);
        kestrel.Listen(listen, endpoint => endpoint.Protocols = HttpProtocols.Http1);
    }

    private async Task ServeAsync(HttpContext context)
    {
        _rest.Note();
        await HandleAsync(context).ConfigureAwait(false);
        _rest.Note();
    }

    private async Task HandleAsync(HttpContext context)
    {
        if (OriginGate.Refuse(context.Request.Host.Value, context.Request.Headers.Origin, Port) is { } why)
        {
            await RefuseAsync(context, StatusCodes.Status403Forbidden, ErrorCode.ForeignRequest, $"km proxy refused the request: {why}")
                .ConfigureAwait(false);
            return;
        }

        if (await TryAnswerSignInAsync(context).ConfigureAwait(false))
            return;
        var request = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        if (!request.StartsWith('/'))
            request = context.Request.Path.ToUriComponent() + context.Request.QueryString;
        var session = FindSession(context.Request, request, out var mustObserve);
        if (mustObserve && session is null && PolicyHint.MustAsk())
        {
            await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, ErrorCode.TooManySessions, "km proxy has too many sessions")
                .ConfigureAwait(false);
            return;
        }

        var exchange = new Exchange(_target, request, session, _sessions, _endpoints, _signIn, _settings.MaxMessage);
        var isWhole = false;
        try
        {
            if (session is null || await session.Observed.RefusalAsync(context.RequestAborted).ConfigureAwait(false) is null)
                isWhole = await ForwardAsync(context, exchange, session).ConfigureAwait(false);
            else
                await RefuseAsync(
                        context,
                        StatusCodes.Status403Forbidden,
                        ErrorCode.SessionForbidden,
                        "A policy of this machine does not permit the session. km proxy printed why"
                    )
                    .ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The client is gone.
        }
        finally
        {
            await exchange.FinishAsync(isWhole).ConfigureAwait(false);
        }
    }

    /// <returns>Whether the request was part of a sign-in.</returns>
    private async Task<bool> TryAnswerSignInAsync(HttpContext context)
    {
        try
        {
            return await _signIn.TryAnswerAsync(context).ConfigureAwait(false);
        }
        catch (KmException e)
        {
            _faults.NoSignIn(e.Error);
            await RefuseAsync(context, StatusCodes.Status502BadGateway, e.Error.Code, $"{e.Error.Summary}. {e.Error.Detail} {e.Error.Hint}")
                .ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            // The client is gone.
            return true;
        }
    }

    /// <returns>Whether all of the answer has passed.</returns>
    private async Task<bool> ForwardAsync(HttpContext context, Exchange exchange, ProxySession? session)
    {
        exchange.ObserveQuestion(context.Request);
        var answer = BrokenAnswer.Watch(context);
        await using var ended = session?.Observed.Terminated.Register(answer.AbortNow) ?? default;
        var error = await _forwarder.SendAsync(context, _target.Origin, _upstream, Patient, exchange).ConfigureAwait(false);
        await answer.CloseAsync(context).ConfigureAwait(false);
        if (exchange.AsksForSignIn)
            _faults.SignIn(_target.Origin);
        if (error == ForwarderError.None)
            return true;
        if (context.RequestAborted.IsCancellationRequested || context.Response.HasStarted)
            return false;
        var reason = context.GetForwarderErrorFeature()?.Exception?.GetBaseException().Message ?? error.ToString();
        _faults.Unreachable(_target.Origin, reason);
        exchange.Withdraw();
        await RefuseAsync(
                context,
                StatusCodes.Status502BadGateway,
                ErrorCode.ServerUnreachable,
                $"km proxy cannot reach {_target.Origin}: {reason}"
            )
            .ConfigureAwait(false);
        return false;
    }

    private ProxySession? FindSession(HttpRequest request, string address, out bool isMessage)
    {
        isMessage = request.Path.ToUriComponent() == _target.Path;
        if (!isMessage)
        {
            if (_endpoints.Find(address) is not { } known)
                return null;
            isMessage = true;
            return _sessions.Enter(known);
        }

        isMessage = HttpMethods.IsPost(request.Method) || HttpMethods.IsGet(request.Method) || HttpMethods.IsDelete(request.Method);
        if (!isMessage)
            return null;
        var id = request.Headers[Exchange.SessionHeader] is [{ Length: > 0 } given, ..] ? given : null;

        // The first request of an older client says nothing of versions; neither does one that listens as 2024-11-05 has it.
        var isFirst = request.Headers["MCP-Protocol-Version"].Count == 0;
        return _sessions.Enter(id, request.Headers.UserAgent.ToString(), isFirst);
    }

    /// <summary>The few answers that are ours.</summary>
    private static async Task RefuseAsync(HttpContext context, int status, string code, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        var body = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(
            new RefusalBody(new Refusal(code, message)),
            HttpJson.Default.RefusalBody
        );
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body).ConfigureAwait(false);
    }
}
