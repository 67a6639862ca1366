using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Kilometers.Api.Hosting;

internal static class Telemetry
{
    /// <summary>Metrics and traces, sent only where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says to: without it nothing is collected.</summary>
    public static IServiceCollection AddTelemetry(this IServiceCollection services)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT")))
            return services;
        services
            .AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("km-api"))
            .WithMetrics(metrics =>
                metrics
                    .AddAspNetCoreInstrumentation()
                    .AddMeter("Kilometers.Api.*", "Microsoft.AspNetCore.Server.Kestrel", "Npgsql", "System.Runtime")
                    .AddOtlpExporter()
            )
            .WithTracing(traces => traces.AddAspNetCoreInstrumentation().AddSource("Npgsql").AddOtlpExporter());
        return services;
    }
}
