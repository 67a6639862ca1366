using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Kilometers.Api.Hosting;

internal static class Telemetry
{
    /// <summary>The meters and sources of km-api begin with this.</summary>
    public const string Name = "Kilometers.Api";

    /// <summary>Metrics and traces, sent only where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says to: without it nothing is collected.</summary>
    public static IServiceCollection AddTelemetry(this IServiceCollection services)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT"))) return services;
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("km-api"))
            .WithMetrics(metrics => metrics.AddAspNetCoreInstrumentation().AddMeter(Name, "Microsoft.AspNetCore.Server.Kestrel", "Npgsql", "System.Runtime").AddOtlpExporter())
            .WithTracing(traces => traces.AddAspNetCoreInstrumentation().AddSource(Name, "Npgsql").AddOtlpExporter());
        return services;
    }
}
