using System.Globalization;
using System.Net.Sockets;
using Kilometers.Audit;
using Kilometers.Cli.Commands;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.PluginHost;
using Kilometers.PluginHost.Accounts;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Control;
using Kilometers.PluginHost.Installation;
using Kilometers.PluginHost.Policies;
using Kilometers.Processes.Guarding;
using Kilometers.Processes.Isolation;

namespace Kilometers.Cli;

/// <summary>Puts the parts together, by hand: fast to start, and easy to follow.</summary>
internal static class Composition
{
    public static PluginHosting CreatePluginHost(MonitorOptions options, PluginPaths paths, PluginPolicy policy, StandardError errors, TimeProvider time)
    {
        var presenter = new PluginPresenter(errors, options.Quiet);
        var runsPlugins = !options.NoPlugins && paths.HomeProblem is null;
        return new PluginHosting(
            new PluginHostingOptions
            {
                HostVersion = RootCommandLine.Version,
                ServerLabel = options.Name,
                QueueSize = options.QueueSize,
                Policy = policy,
                AllowPrivate = policy.AllowPrivate,
                Color = errors.Colors,
                Installed = runsPlugins ? paths : null,
                Entitlements = () => CreateEntitlements(paths, KmSettings.Read(paths.Settings), time),
                BuiltInRoot = BuiltInRoot.Pem,
                DevPlugins = runsPlugins ? options.DevPlugins : [],
                DevelopmentAccess = [.. options.DevelopmentAccess.Select(Path.GetFullPath)],
                Launcher = OperatingSystem.IsWindows() ? [] : OwnProgram.InMode(SandboxCommand.Name),
            },
            new AuditLog(paths.Audit, time),
            presenter,
            time);
    }

    /// <summary>Lets other km of the user see and control a session; null where that cannot be offered, which is said.</summary>
    public static SessionChannel? OpenChannel(PluginHosting hosting, PluginPaths paths, Guardian? guardian, StandardError errors, TimeProvider time)
    {
        if (paths.HomeProblem is not null) return null;
        try
        {
            return SessionChannel.Open(ControlClient.Transport(paths.Home), hosting, guardian, time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException)
        {
            errors.Warn(new KmError(
                ErrorCode.ControlUnavailable, "This session offers no control channel; km plugins status does not see it", e.Message, "The session itself is not affected."));
            return null;
        }
    }

    public static EntitlementSource CreateEntitlements(PluginPaths paths, KmSettings settings, TimeProvider time) => new(
        new AccountAccess(paths, settings, RootCommandLine.Version),
        new EntitlementOptions
        {
            CliVersion = RootCommandLine.Version,
            CacheFile = paths.Entitlement,
            Refresh = TimeSpan.FromSeconds(int.Parse(settings.Get(KmSettings.EntitlementRefresh).Value, CultureInfo.InvariantCulture)),
        },
        time);
}
