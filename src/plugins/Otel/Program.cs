using Kilometers.Plugin.Sdk;
using Kilometers.Plugins.Otel;

var telemetry = new SharedTelemetry(TimeProvider.System);
return await PluginServer.RunSessionsAsync(() => new OtelPlugin(telemetry), telemetry);
