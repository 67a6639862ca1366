using Kilometers.Audit;
using Kilometers.Cli.Commands;
using Kilometers.Cli.Output;
using Kilometers.PluginHost;
using Kilometers.PluginHost.Installation;

namespace Kilometers.Cli;

/// <summary>Puts the parts together, by hand: fast to start, and easy to follow.</summary>
internal static class Composition
{
    public static PluginHosting CreatePluginHost(MonitorOptions options, StandardError errors, TimeProvider time)
    {
        var paths = PluginPaths.Default();
        var presenter = new PluginPresenter(errors, options.Quiet);
        return new PluginHosting(
            new PluginHostingOptions
            {
                HostVersion = RootCommandLine.Version,
                ServerLabel = options.Name,
                QueueSize = options.QueueSize,
                Color = errors.Colors,
                Installed = options.NoPlugins ? null : paths,
                BuiltInRoot = BuiltInRoot.Pem,
                DevPlugins = options.NoPlugins ? [] : options.DevPlugins,
            },
            new AuditLog(paths.Audit, time),
            presenter,
            time);
    }
}
