using Kilometers.Plugin.Sdk;
using Kilometers.Plugins.Guard;

var shared = new SharedGuard(TimeProvider.System);
return await PluginServer.RunSessionsAsync(() => new GuardPlugin(shared), shared);
