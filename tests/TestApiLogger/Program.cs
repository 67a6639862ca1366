using TestApiLogger;

return args switch
{
    ["fill", var directory] => DiskFiller.Run(directory),
    _ => await Kilometers.Plugin.Sdk.PluginServer.RunAsync(new AuthorizedApiLogger()),
};
