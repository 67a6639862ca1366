using System.Globalization;
using System.Net.Sockets;
using Kilometers.Audit;
using Kilometers.Cli.Commands;
using Kilometers.Cli.Output;
using Kilometers.Cli.Serving;
using Kilometers.Contracts;
using Kilometers.Plugin.Sdk.Redaction;
using Kilometers.PluginHost;
using Kilometers.PluginHost.Accounts;
using Kilometers.PluginHost.Api;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Control;
using Kilometers.PluginHost.Installation;
using Kilometers.PluginHost.Logs;
using Kilometers.PluginHost.Policies;
using Kilometers.PluginHost.Sharing;
using Kilometers.PluginHost.Witnessing;
using Kilometers.Processes.Guarding;
using Kilometers.Processes.Isolation;

namespace Kilometers.Cli;

/// <summary>Puts the parts together, by hand: fast to start, and easy to follow.</summary>
internal static class Composition
{
    /// <summary>How long the API may take to show that it is there.</summary>
    private static readonly TimeSpan ApiLimit = TimeSpan.FromSeconds(10);

    public static PluginHosting CreatePluginHost(
        MonitorOptions options,
        PluginPaths paths,
        PluginPolicy policy,
        bool canHold,
        StandardError errors,
        TimeProvider time,
        ProcessPool processes
    )
    {
        var presenter = new PluginPresenter(errors, options.Quiet);
        var runsPlugins = !options.NoPlugins && paths.HomeProblem is null;
        return new PluginHosting(
            new PluginHostingOptions
            {
                HostVersion = RootCommandLine.Version,
                ServerLabel = options.Name,
                ServerCommand = new Lazy<string>(() => SessionRecords.Describe(options.Server)),
                QueueSize = options.QueueSize,
                Policy = policy,
                CanHold = canHold,
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
            time,
            processes
        );
    }

    /// <summary>Keeps what plugins say; null where km has no directory of its own.</summary>
    public static PluginLog? CreatePluginLog(PluginPaths paths, TimeProvider time)
    {
        var redactor = new Lazy<Redactor>(() => new Redactor());
        return paths.HomeProblem is null ? new PluginLog(new PluginLogFiles(paths.Logs), Clean, IsOn, time) : null;

        // First what would act on a terminal: colours within a word would hide a secret from the rules.
        string Clean(string text) => redactor.Value.Redact(string.Join('\n', text.Split('\n').Select(line => TerminalText.Line(line))));

        bool IsOn()
        {
            try
            {
                return KmSettings.Read(paths.Settings).Get(KmSettings.PluginLogs).Value == "true";
            }
            catch (KmException)
            {
                // The code that uses the settings reports what is wrong with them.
                return false;
            }
        }
    }

    /// <summary>Lets other km of the user see and control a session; null where that cannot be offered, which is said.</summary>
    public static SessionChannel? OpenChannel(
        PluginHosting hosting,
        PluginPaths paths,
        Guardian? guardian,
        StandardError errors,
        int process,
        TimeProvider time
    )
    {
        if (paths.HomeProblem is not null)
            return null;
        try
        {
            return SessionChannel.Open(ControlClient.Transport(paths.Home), hosting, guardian, process, time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException)
        {
            errors.Warn(
                new KmError(
                    ErrorCode.ControlUnavailable,
                    "This session offers no control channel; km plugins status does not see it",
                    e.Message,
                    "The session itself is not affected."
                )
            );
            return null;
        }
    }

    /// <summary>Keeps the outside witness of the audit log up to date; null where the user has not asked for one.</summary>
    /// <exception cref="KmException">The settings cannot be read.</exception>
    public static SessionWitness? StartWitness(PluginPaths paths, StandardError errors, TimeProvider time)
    {
        if (paths.HomeProblem is not null)
            return null;
        var access = new AccountAccess(paths, KmSettings.Read(paths.Settings), RootCommandLine.Version);
        var witness = new AuditWitness(access, paths, new AuditLog(paths.Audit, time), RootCommandLine.Version);
        return witness.IsOn ? new SessionWitness(witness, errors.Warn, time) : null;
    }

    /// <summary>Starts plugins once before they are installed; null where the user has set that off.</summary>
    /// <exception cref="KmException">The settings cannot be read.</exception>
    public static PluginTestStart? CreateTestStart(CommandContext context)
    {
        if (context.Settings().Get(KmSettings.TestStart).Value == "false")
            return null;
        var options = new PluginHostingOptions
        {
            HostVersion = RootCommandLine.Version,
            ServerLabel = "",
            QueueSize = 1,
            Policy = context.Rules,
            Installed = context.Paths,
            Launcher = OperatingSystem.IsWindows() ? [] : OwnProgram.InMode(SandboxCommand.Name),
        };
        return new PluginTestStart(
            options,
            context.Audit,
            () => SessionFaults.StartGuardian(context.Errors, "the plugin may keep running"),
            AskApiAsync,
            context.Time
        );

        async Task<KmError?> AskApiAsync(CancellationToken cancellationToken)
        {
            try
            {
                if (await context.Account().OpenAsync(ApiLimit, cancellationToken).ConfigureAwait(false) is not var (account, key))
                    return AuthCommand.NotSignedIn().Error;
                using var api = new ApiClient(account.Endpoint, key, RootCommandLine.Version, ApiLimit);
                await api.StatusAsync(cancellationToken).ConfigureAwait(false);
                return null;
            }
            catch (KmException e)
            {
                return e.Error;
            }
        }
    }

    public static EntitlementSource CreateEntitlements(PluginPaths paths, KmSettings settings, TimeProvider time) =>
        new(
            new AccountAccess(paths, settings, RootCommandLine.Version),
            new EntitlementOptions
            {
                CliVersion = RootCommandLine.Version,
                CacheFile = paths.Entitlement,
                Refresh = TimeSpan.FromSeconds(int.Parse(settings.Get(KmSettings.EntitlementRefresh).Value, CultureInfo.InvariantCulture)),
            },
            time
        );
}
