using Kilometers.Audit;
using Kilometers.Cli.Commands;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.PluginHost.Installation;
using Kilometers.Processes;
using Kilometers.Processes.Guarding;

namespace Kilometers.Cli.Serving;

/// <summary>What <c>km monitor</c> says and does when something around the session fails.</summary>
internal static class SessionFaults
{
    /// <summary>A fault of km's own, which the session survives.</summary>
    public static KmError Internal(Exception e) =>
        new(
            ErrorCode.Internal,
            "Something that should not happen happened in km; the session is not affected",
            e.ToString(),
            "Please report this."
        );

    /// <summary>The relay has no ring, or this host cannot map it.</summary>
    public static KmError NoSharedMemory { get; } =
        new(
            ErrorCode.NoSharedMemory,
            "This session is not observed: the system has no memory that km and km-host can share (memfd_create, ulimit -f); "
                + "the server runs as without km"
        );

    /// <summary>Policy has requests held, which works only where the relay starts the server.</summary>
    public static KmError NotHeld(bool isRefused) =>
        new(
            ErrorCode.NoInterception,
            isRefused
                ? "The session was refused: policy has requests held until a plugin has decided, which km cannot do over HTTP"
                : "Policy has requests held until a plugin has decided, which km cannot do over HTTP: they pass unchecked",
            Hint: "See: km policy show"
        );

    /// <summary>In one line: a limit on the size of files also limits the memory that the relay and the host share.</summary>
    public static KmError NoRoomForPlugins(string why, bool isObserved) =>
        new(
            ErrorCode.NoRoomForPlugins,
            isObserved ? "Plugins are not started" : "Plugins are not started, and this session is not observed",
            why
        );

    /// <summary>In one line: the session itself does not need the directory.</summary>
    public static KmError WithoutHome(KmError problem, bool noPlugins)
    {
        var what = noPlugins ? "is not recorded in the audit log" : "runs without plugins";
        return problem with { Summary = $"This session {what}: {problem.Summary}. {problem.Detail}", Detail = null, Hint = null };
    }

    /// <summary>The administrator's policy cannot be used, and might require plugins.</summary>
    /// <returns>The exit status.</returns>
    public static int Refuse(KmError refusal, PluginPaths paths, StandardError errors, TimeProvider time)
    {
        try
        {
            new AuditLog(paths.Audit, time).Append(
                new AuditRecord
                {
                    Event = "session.denied",
                    Decision = AuditDecision.Denied,
                    Code = refusal.Code,
                    Detail = refusal.Detail,
                }
            );
        }
        catch (KmException e)
        {
            errors.Warn(e.Error);
        }

        return errors.Report(
            refusal with
            {
                Summary = $"The server was not started: {char.ToLowerInvariant(refusal.Summary[0])}{refusal.Summary[1..]}",
            }
        );
    }

    /// <summary>Starts the guardian; without one the session runs too, and the user is told.</summary>
    /// <param name="errors">Where the user is told.</param>
    /// <param name="consequence">What may happen without it if km is killed.</param>
    public static Guardian? StartGuardian(StandardError errors, string consequence)
    {
        try
        {
            return Guardian.Start(GuardianCommand.Self());
        }
        catch (ChildStartException e)
        {
            errors.Warn(
                new KmError(
                    ErrorCode.GuardianNotStarted,
                    "The guardian process could not be started",
                    e.Message,
                    $"If km is killed with SIGKILL, {consequence}."
                )
            );
            return null;
        }
    }
}
