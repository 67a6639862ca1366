using Kilometers.Plugin.Sdk;
using Kilometers.Plugins.ConsoleLogger;

return await PluginServer.RunSessionsAsync(static () => new ConsoleLoggerPlugin());
