using System.CommandLine;
using Kilometers.Audit;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Accounts;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Installation;
using Kilometers.PluginHost.Policies;
using Kilometers.PluginHost.Witnessing;

namespace Kilometers.Cli.Commands;

/// <summary>What the commands that manage plugins work with: places, clock, audit log, and the two ways to speak.</summary>
internal sealed class CommandContext(PluginPaths paths, TimeProvider time, Screen screen, StandardError errors) : IDisposable
{
    private bool _hasWarned;

    public PluginPaths Paths { get; } = paths;

    public TimeProvider Time { get; } = time;

    public Screen Screen { get; } = screen;

    public StandardError Errors { get; } = errors;

    public AuditLog Audit { get; } = new(paths.Audit, time);

    /// <summary>What the user set.</summary>
    /// <exception cref="KmException">The settings cannot be read.</exception>
    public KmSettings Settings(IReadOnlyDictionary<string, string>? flags = null) => KmSettings.Read(Paths.Settings, flags: flags);

    /// <summary>Who the user is at the API.</summary>
    /// <exception cref="KmException">The settings cannot be read.</exception>
    public AccountAccess Account(IReadOnlyDictionary<string, string>? flags = null) => new(Paths, Settings(flags), RootCommandLine.Version);

    /// <summary>The outside witness of the audit log.</summary>
    /// <exception cref="KmException">The settings cannot be read.</exception>
    public AuditWitness Witness() => new(Account(), Paths, Audit, RootCommandLine.Version);

    /// <summary>The user's entitlement.</summary>
    /// <exception cref="KmException">The settings cannot be read.</exception>
    public EntitlementSource Entitlements() => Composition.CreateEntitlements(Paths, Settings(), Time);

    /// <summary>What the administrator and the user allow and require.</summary>
    public PluginPolicy Rules => field ??= PolicyFiles.Read(Paths);

    /// <summary>Installs; what is installed is test-started first, unless the user has set that off.</summary>
    /// <exception cref="KmException">The settings cannot be read.</exception>
    public PluginInstaller Installer() => new(Paths, Audit, Time, Composition.CreateTestStart(this));

    /// <summary>What packages are held against. Warns of roots that cannot be used.</summary>
    /// <exception cref="KmException">The revocation list cannot be used.</exception>
    public VerificationPolicy Policy(out TrustConfiguration trust)
    {
        return Policy(Entitlements().Known(), out trust);
    }

    /// <summary>The same, for an entitlement that was just asked for.</summary>
    public VerificationPolicy Policy(EntitlementView view, out TrustConfiguration trust)
    {
        var policy = HostPolicy.Create(Paths, BuiltInRoot.Pem, RootCommandLine.Version, Time, view, out trust);
        if (!_hasWarned)
            foreach (var warning in trust.Warnings)
                Errors.Warn(warning);
        _hasWarned = true;
        return policy;
    }

    /// <summary>Lets a command run with a context; what it throws as <see cref="KmException"/> is shown, once, with its exit status.</summary>
    /// <param name="command">The command.</param>
    /// <param name="action">What it does.</param>
    /// <param name="usesNetwork">Whether it talks to the API.</param>
    public static void Run(
        Command command,
        Func<ParseResult, CommandContext, CancellationToken, Task<int>> action,
        bool usesNetwork = false
    ) =>
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                if (!usesNetwork)
                    SystemRoots.Leave();
                using var errors = StandardError.OfCommand();
                var paths = PluginPaths.Default();
                using var context = new CommandContext(paths, TimeProvider.System, new Screen(), errors);
                try
                {
                    if (paths.HomeProblem is { } problem)
                        throw new KmException(problem);
                    return await action(parsed, context, cancellationToken).ConfigureAwait(false);
                }
                catch (KmException e)
                {
                    if (
                        command.Options.OfType<Option<bool>>().FirstOrDefault(option => option.Name == PluginsCommand.JsonName) is { } json
                        && parsed.GetValue(json)
                    )
                        context.Screen.Json(new ErrorReport(e.Error), CommandJsonContext.Default.ErrorReport);
                    return errors.Report(e.Error);
                }
            }
        );

    /// <summary>Lets a command write what may be longer than the screen: through the user's pager, if it is a terminal.</summary>
    public async Task<int> PagedAsync(Func<Task<int>> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        if (!Screen.IsTerminal || Pager.Start(Environment.GetEnvironmentVariable) is not { } pager)
            return await write().ConfigureAwait(false);
        using (pager)
        {
            Screen.SendTo(pager.Input);
            try
            {
                return await write().ConfigureAwait(false);
            }
            catch (IOException)
            {
                return 0; // The user has seen enough.
            }
        }
    }

    /// <summary>Shows what a command did: as words, or as data under <c>--json</c>.</summary>
    public void Done(bool isJson, DoneReport report, string words)
    {
        if (isJson)
            Screen.Json(report, CommandJsonContext.Default.DoneReport);
        else
            Screen.WriteLine($"{Errors.Glyphs.Success} {words}");
    }

    public void Dispose() => Errors.Dispose();
}

/// <summary>What a command that changes something prints under <c>--json</c>.</summary>
/// <param name="Action">The command, such as <c>plugins remove</c>.</param>
/// <param name="Subject">What it was done to.</param>
/// <param name="Detail">What else is known.</param>
internal sealed record DoneReport(string Action, string Subject, string? Detail = null);
