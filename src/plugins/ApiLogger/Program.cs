using Kilometers.Plugin.Sdk;
using Kilometers.Plugins.ApiLogger;

return await PluginServer.RunAsync(new ApiLoggerPlugin(TimeProvider.System));
