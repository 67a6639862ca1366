using System.Collections.Concurrent;
using Kilometers.Api.Access;
using Kilometers.Api.Configuration;
using Kilometers.Api.Events;
using Kilometers.Api.Events.Model;
using Kilometers.Api.Events.Storage;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;

namespace TestEventServer;

/// <summary>The endpoints of events on a real server. Who asks is believed: a header names the customer, the tier and the features.</summary>
internal sealed class EventServer : IAsyncDisposable
{
    /// <summary><c>CUSTOMER TIER FEATURE…</c></summary>
    public const string CallerHeader = "X-Test-Caller";

    private readonly WebApplication _app;

    private EventServer(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public IServiceProvider Services => _app.Services;

    public static async Task<EventServer> StartAsync(
        DatabaseOptions database,
        EventOptions options,
        TimeProvider time,
        Action<IServiceCollection>? change = null
    )
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder
            .Services.AddSingleton(time)
            .AddSingleton<CallerTiers>()
            .AddSingleton<ICustomerTiers>(provider => provider.GetRequiredService<CallerTiers>())
            .AddMetrics();
        builder.Services.AddEvents(database, options);
        change?.Invoke(builder.Services);
        var app = builder.Build();
        app.Use(BelieveAsync);
        app.MapEventEndpoints();
        await app.Services.GetRequiredService<IEventStore>().MigrateAsync(CancellationToken.None);
        await app.StartAsync();
        return new EventServer(app);
    }

    /// <summary>Ends it in order: requests that are being answered get their answers.</summary>
    public Task StopAsync() => _app.StopAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static async Task BelieveAsync(HttpContext context, RequestDelegate next)
    {
        var words = context.Request.Headers[CallerHeader].ToString().Split(' ');
        var caller = new Caller(words[0], Enum.Parse<Tier>(words[1]), words[2..].ToHashSet(), "key");
        context.Features.Set(caller);
        context.RequestServices.GetRequiredService<CallerTiers>()[caller.CustomerId] = caller.Tier;
        try
        {
            await next(context);
        }
        catch (KmException e) when (!context.Response.HasStarted)
        {
            context.Response.StatusCode = e.Error.Code switch
            {
                ErrorCode.ApiRequestInvalid => StatusCodes.Status400BadRequest,
                ErrorCode.ApiFeatureMissing => StatusCodes.Status403Forbidden,
                ErrorCode.ApiRequestTooLarge => StatusCodes.Status413PayloadTooLarge,
                ErrorCode.ApiBusy => StatusCodes.Status503ServiceUnavailable,
                _ => StatusCodes.Status500InternalServerError,
            };
            await context.Response.WriteAsJsonAsync(
                new ApiProblem
                {
                    Code = e.Error.Code,
                    Title = e.Error.Summary,
                    Detail = e.Error.Detail,
                },
                ApiJson.Of<ApiProblem>()
            );
        }
    }

    /// <summary>The tiers of all who have asked.</summary>
    private sealed class CallerTiers : ConcurrentDictionary<string, Tier>, ICustomerTiers
    {
        public Task<IReadOnlyDictionary<string, Tier>> TiersOfAsync(
            IReadOnlyCollection<string> customerIds,
            CancellationToken cancellationToken
        ) => Task.FromResult<IReadOnlyDictionary<string, Tier>>(customerIds.Where(ContainsKey).ToDictionary(id => id, id => this[id]));
    }
}
