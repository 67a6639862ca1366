using Kilometers.Plugin.Sdk;
using Kilometers.Plugins.ApiLogger;
using TestApiLogger;

if (args is ["fill", var directory])
    return DiskFiller.Run(directory);
var spool = new SharedSpool(TimeProvider.System);
return await PluginServer.RunSessionsAsync(() => new AuthorizedApiLogger(spool), spool);
