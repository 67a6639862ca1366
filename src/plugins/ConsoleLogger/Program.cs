using Kilometers.Plugin.Sdk;
using Kilometers.Plugins.ConsoleLogger;

return await PluginServer.RunAsync(new ConsoleLoggerPlugin());
