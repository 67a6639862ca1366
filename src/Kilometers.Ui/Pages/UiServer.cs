using System.Globalization;
using System.Net;
using Kilometers.Cli.Commands.Recordings;
using Kilometers.Ui.Access;
using Kilometers.Ui.Recorded;
using Kilometers.Ui.Tokens;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Kilometers.Ui.Pages;

/// <summary>The web server: on the loopback address, with nothing that the environment or a file beside it could change.</summary>
internal sealed class UiServer : IAsyncDisposable
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(1);

    /// <summary>Nothing is uploaded, and a page needs few connections.</summary>
    private const int MaxConnections = 64;

    private readonly UiOptions _options;
    private readonly RunningSessions _running;
    private readonly TimeProvider _time;
    private readonly EntryToken _entry = new();
    private readonly ChangeWatch _changes;
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _ending = new();
    private long _lastRequest;

    public UiServer(UiOptions options, ReaderPool files, RunningSessions running, TimeProvider time)
    {
        (_options, _running, _time) = (options, running, time);
        _lastRequest = time.GetTimestamp();
        _changes = new ChangeWatch(files, time);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.AddServerHeader = false;
            server.Limits.MaxConcurrentConnections = MaxConnections;
            server.Limits.MaxRequestBodySize = 0;
            server.Listen(IPAddress.Loopback, options.Port);
        });
        builder.Services.AddRoutingCore();
        _app = builder.Build();
        _app.Use(next => context => HandleAsync(context, next));
        _app.UseRouting();
        Routes.Map(
            _app,
            new RecordedPages(files, running, new TokenCounts(files, _changes.Report), new CallTokenCounts(options.Folder, time, () =>
                {
                    files.Forget();
                    _changes.Report();
                }), new FoundInSessions(new PluginFindings(options.Analytics, options.Guard, time), time), time),
            new LiveStream(_changes, _ending.Token)
        );
    }

    /// <summary>Where the pages are.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}/");

    /// <summary>The address that opens them, once.</summary>
    public string EntryAddress => $"{Address}?{RequestGate.TokenName}={_entry.Token}";

    private int Port { get; set; }

    /// <summary>Null until the port is known: a request may come before.</summary>
    private RequestGate? Gate { get; set; }

    /// <returns>Why it cannot serve; null if it does.</returns>
    public async Task<string?> StartAsync()
    {
        try
        {
            await _app.StartAsync().ConfigureAwait(false);
            var addresses = ((IApplicationBuilder)_app).ServerFeatures.Get<IServerAddressesFeature>()!.Addresses;
            Port = new Uri(addresses.Single()).Port;
            Gate = new RequestGate(_entry, Port, Assets.Link("icon.svg"));
            return null;
        }
        catch (IOException e)
        {
            return e.Message;
        }
    }

    /// <summary>Serves until standard input ends, or no page has been open for a while.</summary>
    public async Task RunAsync(Stream input)
    {
        var watching = _changes.RunAsync(_ending.Token);
        var parent = ReadAsync(input);
        using var timer = new PeriodicTimer(CheckInterval, _time);
        while (!parent.IsCompleted && !IsAbandoned)
            await Task.WhenAny(parent, timer.WaitForNextTickAsync(CancellationToken.None).AsTask()).ConfigureAwait(false);
        await _ending.CancelAsync().ConfigureAwait(false);
        await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var limit = new CancellationTokenSource(StopLimit, _time);
        await _app.StopAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync().ConfigureAwait(false);
        _changes.Dispose();
        _ending.Dispose();
    }

    private Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        if (Gate is { } gate)
            return gate.HandleAsync(context, allowed =>
            {
                Volatile.Write(ref _lastRequest, _time.GetTimestamp());
                return next(allowed);
            });
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return Task.CompletedTask;
    }

    private bool IsAbandoned => _changes.Waiting == 0 && _time.GetElapsedTime(Volatile.Read(ref _lastRequest)) > _options.Linger;

    private async Task ReadAsync(Stream input)
    {
        using var reader = new StreamReader(input);
        while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line)
            if (_running.Take(line))
                _changes.Report();
    }
}
