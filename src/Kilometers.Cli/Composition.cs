using Kilometers.Cli.Commands;
using Kilometers.Cli.Output;
using Kilometers.PluginHost;

namespace Kilometers.Cli;

/// <summary>Puts the parts together, by hand: fast to start, and easy to follow.</summary>
internal static class Composition
{
    public static PluginHosting CreatePluginHost(MonitorOptions options, StandardError errors, TimeProvider time)
    {
        var presenter = new PluginPresenter(errors, options.Quiet);
        return new PluginHosting(
            new PluginHostingOptions
            {
                HostVersion = RootCommandLine.Version,
                ServerLabel = options.Name,
                QueueSize = options.QueueSize,
                Color = errors.Colors,
                DevPlugins = options.NoPlugins ? [] : options.DevPlugins,
            },
            presenter,
            time);
    }
}
