using Kilometers.Audit;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.PluginHost.Installation;
using Kilometers.PluginHost.Policies;
using Kilometers.Processes;

namespace Kilometers.Cli.Commands;

/// <summary>
/// Where there is no room for km beside the server, km steps aside and becomes the server: the session runs as without km, and one line
/// says that nobody watches it. Not where a policy requires plugins.
/// </summary>
internal static class UnobservedRun
{
    /// <summary>Becomes the server; returns only if that is not allowed or fails.</summary>
    /// <param name="options">What was to be monitored.</param>
    /// <param name="why">What there is no room for.</param>
    /// <returns>The exit status.</returns>
    public static int Start(MonitorOptions options, string why)
    {
        var paths = PluginPaths.Default();
        var policy = PolicyFiles.Read(paths);
        if (policy.Refusal is { } refusal)
            return Refuse(paths, refusal);
        if (policy.RequiredPlugins.Count > 0)
            return Refuse(
                paths,
                new KmError(
                    ErrorCode.RequiredPluginMissing,
                    "The server was not started, because policy requires plugins and km cannot run them",
                    why
                )
            );

        StandardError.WriteAtOnce(
            isFailure: false,
            new KmError(ErrorCode.Unobserved, "km does not watch this session and runs the server directly", why)
        );
        return Fail(ServerStart.Explain(options, ProcessReplacement.Become(ServerStart.Of(options))));
    }

    private static int Refuse(PluginPaths paths, KmError error)
    {
        try
        {
            new AuditLog(paths.Audit, TimeProvider.System).Append(
                new AuditRecord
                {
                    Event = "session.denied",
                    Decision = AuditDecision.Denied,
                    Code = error.Code,
                    Detail = error.Detail,
                }
            );
        }
        catch (KmException e)
        {
            StandardError.WriteAtOnce(isFailure: false, e.Error);
        }

        return Fail(error);
    }

    private static int Fail(KmError error)
    {
        StandardError.WriteAtOnce(isFailure: true, error);
        return StandardError.ExitStatusOf(error.Code);
    }
}
