using Kilometers.Api.Access;
using Kilometers.Api.Administration;
using Kilometers.Api.Configuration;
using Kilometers.Api.Customers;
using Kilometers.Api.Entitlements;
using Kilometers.Api.Events;
using Kilometers.Api.Events.Storage;
using Kilometers.Api.Http;
using Kilometers.Api.Insights;
using Kilometers.Api.Keys;
using Kilometers.Api.Plugins;
using Kilometers.Api.Storage;
using Kilometers.Api.Updates;
using Kilometers.Api.Witnessing;
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
    public static async Task RunAsync(
        ApiOptions options,
        IConfiguration configuration,
        TextWriter output,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        string? closed = null;
        using var held = DataFolder.Take(options.DataFolder, text => closed = text);
        await using var app = Build(options, configuration, TlsCertificate.Open(options), time);
        if (closed is not null)
            Announce(app, options, output, closed);
        await PrepareAsync(app, options, output, time, cancellationToken).ConfigureAwait(false);
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // The host takes what is cancelled in the background for a crash, and prints it, unless the server is about to stop.
            app.Lifetime.StopApplication();
            if (e is OperationCanceledException)
                throw;
            throw StartFaults.Listening(e);
        }

        foreach (var address in app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses)
            Announce(app, options, output, $"Listening on {address}");
        await app.WaitForShutdownAsync(cancellationToken).ConfigureAwait(false);
        Announce(app, options, output, "Stopped");
    }

    private static WebApplication Build(ApiOptions options, IConfiguration configuration, TlsCertificate? certificate, TimeProvider time)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddConfiguration(configuration);
        builder.WebHost.UseUrls([.. options.Urls]).ConfigureKestrel(kestrel => Configure(kestrel, options.Limits, certificate));
        options.Log.Apply(builder.Logging);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainDelay + options.DrainLimit);
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Resolver));
        builder.Services.AddRequestTimeouts(timeouts => timeouts.DefaultPolicy = new() { Timeout = options.Limits.Request });
        builder.Services.AddOpenApi();
        builder
            .Services.AddSingleton(options)
            .AddSingleton(options.Limits)
            .AddSingleton(time)
            .AddSingleton<ApiAudit>()
            .AddSingleton<RateLimits>()
            .AddSingleton<ConnectionLimits>()
            .AddSingleton<RequestLog>()
            .AddSingleton<Scratch>()
            .AddSingleton<AuditCopies>()
            .AddHostedService(provider => provider.GetRequiredService<AuditCopies>())
            .AddSingleton<Drain>()
            .AddHostedService(provider => provider.GetRequiredService<Drain>());
        builder
            .Services.AddStorage(options.Database)
            .AddCustomers()
            .AddEntitlements()
            .AddPlugins()
            .AddUpdates()
            .AddWitness()
            .AddEvents(options.Database, options.Events)
            .AddInsights()
            .AddTelemetry();
        var app = builder.Build();
        UsePipeline(app, options);
        app.MapHealthEndpoints();
        app.MapSubscriptionEndpoints();
        app.MapPluginEndpoints();
        app.MapUpdateEndpoints();
        app.MapEntitlementEndpoints();
        app.MapWitnessEndpoints();
        app.MapEventEndpoints();
        app.MapInsightEndpoints();
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
            foreach (var proxy in options.TrustedProxies)
                forwarded.KnownProxies.Add(proxy);
            app.UseForwardedHeaders(forwarded);
        }

        var connections = app.Services.GetRequiredService<ConnectionLimits>();
        var log = app.Services.GetRequiredService<RequestLog>();
        app.Use(next => context => connections.InvokeAsync(context, next));
        app.Use(next => context => log.InvokeAsync(context, next));
        app.UseStatusCodePages(Problems.HandleStatusAsync);
        app.Use(next => context => Problems.GuardAsync(context, next, app.Logger));
        var rates = app.Services.GetRequiredService<RateLimits>();
        app.Use(next =>
            context =>
            {
                context.Response.Headers.XContentTypeOptions = "nosniff";
                rates.CountAddress(context);
                return next(context);
            }
        );
        app.UseRouting();
        app.UseRequestTimeouts();
        var authentication = app.Services.GetRequiredService<Authentication>();
        app.Use(next => context => authentication.InvokeAsync(context, next));
    }

    private static void Configure(KestrelServerOptions kestrel, LimitOptions limits, TlsCertificate? certificate)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = limits.BodyBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = limits.HeaderBytes;
        kestrel.Limits.MaxRequestLineSize = Math.Min(8_192, limits.HeaderBytes);
        kestrel.ConfigureEndpointDefaults(listen => listen.Use(kestrel.ApplicationServices.GetRequiredService<ConnectionLimits>().Admit));
        var log = kestrel.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger(nameof(TlsCertificate));
        kestrel.ConfigureHttpsDefaults(https =>
        {
            https.HandshakeTimeout = limits.HeaderTimeout < https.HandshakeTimeout ? limits.HeaderTimeout : https.HandshakeTimeout;
            if (certificate is null)
                return;
            https.ServerCertificate = certificate.Current(log).TargetCertificate;
            https.OnAuthenticate = (_, tls) => tls.ServerCertificateContext = certificate.Current(log);
        });
        kestrel.Limits.RequestHeadersTimeout = limits.HeaderTimeout;
        kestrel.Limits.KeepAliveTimeout = limits.KeepAlive;
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(limits.BytesPerSecond, RateGrace);
        kestrel.Limits.MinResponseDataRate = new MinDataRate(limits.BytesPerSecond, RateGrace);
    }

    /// <summary>What must be there before the first request.</summary>
    private static async Task PrepareAsync(
        WebApplication app,
        ApiOptions options,
        TextWriter output,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var (migration, events) = (app.Services.GetRequiredService<SchemaMigration>(), app.Services.GetRequiredService<IEventStore>());
        if (options.IsEmbeddedDatabase)
        {
            // For this user alone, whatever the umask; SQLite's other files follow it.
            if (!File.Exists(options.EmbeddedFile))
                PrivateFile.WriteNew(options.EmbeddedFile, []);
            await migration.RunAsync(SchemaMigration.Newest, cancellationToken).ConfigureAwait(false);
            await events.MigrateAsync(cancellationToken).ConfigureAwait(false);
        }

        await migration.CheckAsync(cancellationToken).ConfigureAwait(false);
        await events.CheckAsync(cancellationToken).ConfigureAwait(false);
        await CheckSharedAsync(app, options, cancellationToken).ConfigureAwait(false);
        var publisher = app.Services.GetRequiredService<PublisherKeys>();
        if (options.IsDevelopment)
        {
            if (!options.Secrets.Named.Contains("SigningKeyFolder"))
                DevelopmentKeys.Ensure(options.Secrets.SigningKeyFolder!, time);
            await DevelopmentCustomers
                .SeedAsync(app.Services.GetRequiredService<CustomerRegister>(), output.WriteLine, cancellationToken)
                .ConfigureAwait(false);
            await output
                .WriteLineAsync($"Root of the plugins, for km trust add: {DevelopmentKeys.RootFile(options.Secrets.SigningKeyFolder!)}")
                .ConfigureAwait(false);
        }

        if (!publisher.IsConfigured)
            return;
        publisher.OpenForSigning();
        if (!options.IsDevelopment && publisher.KmKey() is { } file)
            app.Logger.LogWarning(
                "{File} signs releases of km, which this server never does: anyone who gets it can replace every km. Move it away",
                file
            );
    }

    /// <summary>What all nodes must have alike. A node that lacks some of it says so here and by not being ready, and goes into use once it has it.</summary>
    private static async Task CheckSharedAsync(WebApplication app, ApiOptions options, CancellationToken cancellationToken)
    {
        var (secrets, issuers) = (app.Services.GetRequiredService<SharedSecrets>(), app.Services.GetRequiredService<IssuerKeys>());
        await secrets.CheckAsync(cancellationToken).ConfigureAwait(false);
        if (secrets.IsOther)
            app.Logger.LogError(
                "Not ready [{Code}]: {File} is not the one of the other nodes. Bring theirs here, or name it by KeyHashFile, and restart this node",
                ErrorCode.ApiConfiguration,
                options.Secrets.KeyHashFile
            );
        var file = options.Secrets.IssuerKeyFolder;
        try
        {
            var (key, _) = await issuers.EnsureAsync(cancellationToken).ConfigureAwait(false);
            file = issuers.FileOf(key.Id);
            issuers.Open(key.Id).Dispose();
        }
        catch (KmException e)
        {
            app.Logger.LogError(
                "Not ready [{Code}]: {Detail} Bring {File} here from the node that has it; this node needs no restart",
                e.Error.Code,
                e.Error.Detail,
                file
            );
        }
    }

    /// <summary>For the person who started it; if the log is JSON, as a line of it.</summary>
    private static void Announce(WebApplication app, ApiOptions options, TextWriter output, string text)
    {
        if (options.Log.IsJson)
            app.Logger.LogInformation("{Text}", text);
        else
            output.WriteLine(text);
    }
}
