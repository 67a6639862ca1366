using Kilometers.Plugin.Sdk;
using Kilometers.Plugins.Analytics;

var shared = new SharedAnalytics(TimeProvider.System);
return await PluginServer.RunSessionsAsync(() => new AnalyticsPlugin(shared), shared);
