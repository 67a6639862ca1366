using Kilometers.Plugin.Sdk;
using Kilometers.Plugins.Recorder;

var shared = new SharedRecording(TimeProvider.System);
return await PluginServer.RunSessionsAsync(() => new RecorderPlugin(shared), shared);
