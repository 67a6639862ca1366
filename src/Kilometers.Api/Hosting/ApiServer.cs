using Kilometers.Api.Administration;
using Kilometers.Api.Customers;
using Kilometers.Api.Entitlements;
using Kilometers.Api.Events;
using Kilometers.Api.Events.Storage;
using Kilometers.Api.Plugins;
using Kilometers.Api.Storage;
using Kilometers.Api.Updates;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.Files;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Kilometers.Api.Hosting;

/// <summary>The server, put together.</summary>
internal static class ApiServer
{
    private static readonly TimeSpan RateGrace = TimeSpan.FromSeconds(5);

    /// <summary>Runs until it is told to stop.</summary>
    /// <exception cref="KmException">It cannot start.</exception>
    public static async Task RunAsync(ApiOptions options, IConfiguration configuration, TextWriter output, TimeProvider time, CancellationToken cancellationToken)
    {
        PrivateFile.CreateDirectory(options.DataFolder);
        using var held = PrivateFile.TryLock(Path.Combine(options.DataFolder, "lock"))
            ?? throw new KmException(new KmError(ErrorCode.ApiConfiguration, "The data folder is in use", $"Another km-api works in {options.DataFolder}.", "Give each node a folder of its own: --data DIR"));
        await using var app = Build(options, configuration, time);
        await PrepareAsync(app, options, output, time, cancellationToken).ConfigureAwait(false);
        await app.StartAsync(cancellationToken).ConfigureAwait(false);
        foreach (var address in app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses)
            await output.WriteLineAsync($"Listening on {address}").ConfigureAwait(false);
        await app.WaitForShutdownAsync(cancellationToken).ConfigureAwait(false);
    }

    private static WebApplication Build(ApiOptions options, IConfiguration configuration, TimeProvider time)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddConfiguration(configuration);
        builder.WebHost.UseUrls([.. options.Urls]).ConfigureKestrel(kestrel => Limit(kestrel, options.Limits));
        builder.Logging.ClearProviders().AddSimpleConsole(console =>
        {
            (console.SingleLine, console.UseUtcTimestamp, console.TimestampFormat) = (true, true, "yyyy-MM-ddTHH:mm:ss.fffZ ");
        });

        // What fails there is thrown to us, and some of it, like a duplicate row, is how nodes agree.
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.None).AddFilter("Microsoft", LogLevel.Warning);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainDelay + options.DrainLimit);
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Resolver));
        builder.Services.AddRequestTimeouts(timeouts => timeouts.DefaultPolicy = new() { Timeout = options.Limits.Request });
        builder.Services.AddOpenApi();
        builder.Services.AddSingleton(options).AddSingleton(options.Limits).AddSingleton(time).AddSingleton<ApiAudit>().AddSingleton<RateLimits>().AddSingleton<Scratch>()
            .AddSingleton<Drain>().AddHostedService(provider => provider.GetRequiredService<Drain>());
        builder.Services.AddStorage(options.Database).AddCustomers().AddEntitlements().AddPlugins().AddUpdates().AddEvents(options.Database, options.Events).AddTelemetry();
        var app = builder.Build();
        UsePipeline(app, options);
        app.MapHealthEndpoints();
        app.MapSubscriptionEndpoints();
        app.MapPluginEndpoints();
        app.MapUpdateEndpoints();
        app.MapEntitlementEndpoints();
        app.MapEventEndpoints();
        app.MapAdminEndpoints(options);
        app.MapOpenApi("/openapi/{documentName}.json").For(AccessRule.Anyone);
        return app;
    }

    private static void UsePipeline(WebApplication app, ApiOptions options)
    {
        if (options.TrustedProxies.Count > 0)
        {
            var forwarded = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor };
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            foreach (var proxy in options.TrustedProxies) forwarded.KnownProxies.Add(proxy);
            app.UseForwardedHeaders(forwarded);
        }

        app.UseStatusCodePages(Problems.HandleStatusAsync);
        app.Use(next => context => Problems.GuardAsync(context, next, app.Logger));
        var rates = app.Services.GetRequiredService<RateLimits>();
        app.Use(next => context =>
        {
            context.Response.Headers.XContentTypeOptions = "nosniff";
            rates.CountAddress(context);
            return next(context);
        });
        app.UseRouting();
        app.UseRequestTimeouts();
        var authentication = app.Services.GetRequiredService<Authentication>();
        app.Use(next => context => authentication.InvokeAsync(context, next));
    }

    private static void Limit(KestrelServerOptions kestrel, LimitOptions limits)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = limits.BodyBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = limits.HeaderBytes;
        kestrel.Limits.MaxRequestLineSize = Math.Min(8_192, limits.HeaderBytes);
        kestrel.Limits.MaxConcurrentConnections = limits.Connections;
        kestrel.Limits.RequestHeadersTimeout = limits.HeaderTimeout;
        kestrel.Limits.KeepAliveTimeout = limits.KeepAlive;
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(limits.BytesPerSecond, RateGrace);
        kestrel.Limits.MinResponseDataRate = new MinDataRate(limits.BytesPerSecond, RateGrace);
    }

    /// <summary>What must be there before the first request.</summary>
    private static async Task PrepareAsync(WebApplication app, ApiOptions options, TextWriter output, TimeProvider time, CancellationToken cancellationToken)
    {
        var migration = app.Services.GetRequiredService<SchemaMigration>();
        if (options.IsEmbeddedDatabase)
        {
            // For this user alone, even in a folder that is not; SQLite's other files follow it.
            if (!File.Exists(options.EmbeddedFile)) PrivateFile.WriteNew(options.EmbeddedFile, []);
            await migration.RunAsync(SchemaMigration.Newest, cancellationToken).ConfigureAwait(false);
            await app.Services.GetRequiredService<IEventStore>().MigrateAsync(cancellationToken).ConfigureAwait(false);
        }

        await migration.CheckAsync(cancellationToken).ConfigureAwait(false);
        var issuers = app.Services.GetRequiredService<IssuerKeys>();
        if ((await issuers.ListAsync(cancellationToken).ConfigureAwait(false)).Count == 0) await issuers.CreateAsync(activate: true, cancellationToken).ConfigureAwait(false);
        var publisher = app.Services.GetRequiredService<PublisherKeys>();
        if (options.IsDevelopment)
        {
            if (!options.Secrets.Named.Contains("SigningKeyFolder")) DevelopmentKeys.Ensure(options.Secrets.SigningKeyFolder!, time);
            await DevelopmentCustomers.SeedAsync(app.Services.GetRequiredService<CustomerRegister>(), output.WriteLine, cancellationToken).ConfigureAwait(false);
            await output.WriteLineAsync($"Root of the plugins, for km trust add: {DevelopmentKeys.RootFile(options.Secrets.SigningKeyFolder!)}").ConfigureAwait(false);
        }

        if (publisher.IsConfigured) publisher.OpenForSigning();
    }
}
