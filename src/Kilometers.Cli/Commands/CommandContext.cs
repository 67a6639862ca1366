using System.CommandLine;
using Kilometers.Audit;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Installation;

namespace Kilometers.Cli.Commands;

/// <summary>What the commands that manage plugins work with: places, clock, audit log, and the two ways to speak.</summary>
internal sealed class CommandContext(PluginPaths paths, TimeProvider time, Screen screen, StandardError errors) : IDisposable
{
    public PluginPaths Paths { get; } = paths;

    public TimeProvider Time { get; } = time;

    public Screen Screen { get; } = screen;

    public StandardError Errors { get; } = errors;

    public AuditLog Audit { get; } = new(paths.Audit, time);

    /// <summary>What packages are held against. Warns of roots that cannot be used.</summary>
    /// <exception cref="KmException">The revocation list cannot be used.</exception>
    public VerificationPolicy Policy(out TrustConfiguration trust)
    {
        var policy = HostPolicy.Create(Paths, BuiltInRoot.Pem, RootCommandLine.Version, Time, out trust);
        foreach (var warning in trust.Warnings) Errors.Warn(warning);
        return policy;
    }

    /// <summary>Lets a command run with a context; what it throws as <see cref="KmException"/> is shown, once, with its exit status.</summary>
    /// <param name="command">The command.</param>
    /// <param name="action">What it does.</param>
    public static void Run(Command command, Func<ParseResult, CommandContext, CancellationToken, Task<int>> action) => command.SetAction(async (parsed, cancellationToken) =>
    {
        SystemRoots.Leave();
        using var errors = new StandardError();
        using var context = new CommandContext(PluginPaths.Default(), TimeProvider.System, new Screen(), errors);
        try
        {
            return await action(parsed, context, cancellationToken).ConfigureAwait(false);
        }
        catch (KmException e)
        {
            return errors.Report(e.Error);
        }
    });

    public void Dispose() => Errors.Dispose();
}
