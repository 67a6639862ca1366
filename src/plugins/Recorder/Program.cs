using Kilometers.Plugin.Sdk;
using Kilometers.Plugins.Recorder;

return await PluginServer.RunAsync(new RecorderPlugin(TimeProvider.System));
