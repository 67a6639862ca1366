using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Kilometers.Http.SignIn;

/// <summary>What the browser brought back.</summary>
/// <param name="Code">Becomes tokens; null if the user or the server refused.</param>
/// <param name="Issuer">Who says so (RFC 9207).</param>
/// <param name="Error">Why there is no code, as a code of OAuth.</param>
/// <param name="Reason">The same, for people.</param>
internal sealed record BrowserAnswer(string? Code, string? Issuer, string? Error, string? Reason)
{
    /// <summary>A record prints its values; one is a secret.</summary>
    public override string ToString() => Error ?? "a code";
}

/// <summary>Waits on this machine for the browser of the user to come back from the authorization server.</summary>
internal sealed class RedirectListener : IAsyncDisposable
{
    private const string Path = "/callback";

    private readonly WebApplication _app;
    private readonly byte[] _state;
    private readonly TaskCompletionSource<BrowserAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RedirectListener(WebApplication app, string state) => (_app, _state) = (app, Encoding.ASCII.GetBytes(state));

    /// <summary>Where it waits.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1");

    /// <summary>What the browser brings.</summary>
    public Task<BrowserAnswer> Answer => _answer.Task;

    /// <param name="port">The port; 0: any that is free.</param>
    /// <param name="state">What the browser must bring along: nobody else knows it.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<RedirectListener> StartAsync(int port, string state)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, port);
        });
        var listener = new RedirectListener(builder.Build(), state);
        listener._app.Run(listener.HandleAsync);
        try
        {
            await listener._app.StartAsync().ConfigureAwait(false);
        }
        catch
        {
            await listener.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        var bound = ((IApplicationBuilder)listener._app).ServerFeatures.Get<IServerAddressesFeature>()!.Addresses.Single();
        listener.Address = new Uri(bound + Path);
        return listener;
    }

    public async ValueTask DisposeAsync()
    {
        // The page that is on its way to the browser may finish.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1), TimeProvider.System);
        await _app.StopAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _app.DisposeAsync().ConfigureAwait(false);
    }

    private async Task HandleAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var isOurs =
            HttpMethods.IsGet(context.Request.Method)
            && context.Request.Path == Path
            && CryptographicOperations.FixedTimeEquals(_state, Encoding.UTF8.GetBytes(query["state"].ToString()));
        var answer = new BrowserAnswer(Text("code"), Text("iss"), Text("error"), Text("error_description"));
        if (!isOurs || (answer.Code is null && answer.Error is null))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        await context
            .Response.WriteAsync(
                answer.Error is null
                    ? "km has your answer. You can close this window.\n"
                    : "You are not signed in. You can close this window; km tells your client why.\n"
            )
            .ConfigureAwait(false);
        await context.Response.CompleteAsync().ConfigureAwait(false);
        _answer.TrySetResult(answer);

        string? Text(string name) => query[name] is [{ Length: > 0 } value, ..] ? value : null;
    }
}
