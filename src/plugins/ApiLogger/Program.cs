using Kilometers.Plugin.Sdk;
using Kilometers.Plugins.ApiLogger;

var spool = new SharedSpool(TimeProvider.System);
return await PluginServer.RunSessionsAsync(() => new ApiLoggerPlugin(spool), spool);
