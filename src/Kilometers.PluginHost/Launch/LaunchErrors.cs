using System.Globalization;
using Grpc.Core;
using Kilometers.Contracts;
using Kilometers.GoPlugin.Client;
using Kilometers.Monitoring.Observation;
using Kilometers.PluginHost.Dispatch;
using Kilometers.Processes.Isolation;

namespace Kilometers.PluginHost.Launch;

/// <summary>Translates errors of the go-plugin client into km's words and codes.</summary>
internal static class LaunchErrors
{
    public static KmError NotEnoughIsolation(string label, IsolationReport report) =>
        new(
            ErrorCode.PolicyIsolation,
            $"Plugin '{label}' is refused: policy requires more isolation than it would have here",
            report.ToString(),
            "See: km policy show"
        );

    public static KmError From(string label, GoPluginException e)
    {
        var launcher = OwnLauncher(e);
        var detail = launcher is { } own
            ? $"It cannot be executed: {own.Why}."
            : string.Join('\n', [e.Message, .. e.LastErrorLines.TakeLast(5).Select(line => "  | " + line)]);
        return (launcher?.Failure ?? e.Failure) switch
        {
            _ when launcher is { Failure: null } => new KmError(
                ErrorCode.NotIsolated,
                $"Plugin '{label}' was not started: it could not be isolated",
                launcher.Value.Why,
                "Nothing of it ran. If a directory was exchanged, start the session again; otherwise report this with the kernel's version (uname -r)."
            ),
            GoPluginFailure.NotFound => new KmError(
                ErrorCode.PluginNotStarted,
                $"Plugin '{label}' was not found",
                detail,
                "Check the path that --dev-plugin names."
            ),
            GoPluginFailure.NotExecutable => new KmError(
                ErrorCode.PluginNotStarted,
                $"Plugin '{label}' cannot be executed",
                detail,
                "Is it a program for this machine, and executable? Try: chmod +x"
            ),
            GoPluginFailure.ExitedBeforeHandshake => new KmError(
                ErrorCode.PluginExitedEarly,
                $"Plugin '{label}' exited before its handshake",
                detail,
                "Its last output is shown above. A plugin must be built with the km SDK or go-plugin and started by km."
            ),
            GoPluginFailure.HandshakeTimeout => new KmError(
                ErrorCode.PluginStartTimeout,
                $"Plugin '{label}' did not complete its handshake in time",
                detail,
                "Does it do long work before it serves?"
            ),
            GoPluginFailure.UnsupportedProtocolVersion => new KmError(
                ErrorCode.ProtocolVersion,
                $"Plugin '{label}' uses a different version of the km contract",
                detail,
                "Update the plugin or km."
            ),
            GoPluginFailure.Unknown or GoPluginFailure.ConnectionFailed => new KmError(
                ErrorCode.PluginNotStarted,
                $"Plugin '{label}' could not be reached",
                detail
            ),
            _ => new KmError(
                ErrorCode.PluginHandshake,
                $"Plugin '{label}' sent an invalid handshake",
                detail,
                "A plugin must not print to stdout before it serves."
            ),
        };
    }

    /// <summary>A folder was given where a program is needed.</summary>
    public static KmError IsFolder(string path, IReadOnlyList<string> programs) =>
        new(
            ErrorCode.PluginNotStarted,
            $"--dev-plugin {path} is a folder, not a plugin's program",
            null,
            programs.Count > 0
                ? $"Did you mean: {string.Join(", ", programs.Select(program => $"--dev-plugin {program}"))}"
                : "Build the plugin, and name its program."
        );

    /// <summary>Whether the same plugin may do better when it is started once more: what is not a program for this km never does.</summary>
    public static bool MayPass(GoPluginException e) =>
        OwnLauncher(e) is null
        && e.Failure is not (GoPluginFailure.NotFound or GoPluginFailure.NotExecutable or GoPluginFailure.UnsupportedProtocolVersion);

    /// <summary>Whether it is our own launcher that ended, not the plugin, and why: the program is none (a failure), or cannot be isolated (null).</summary>
    private static (GoPluginFailure? Failure, string Why)? OwnLauncher(GoPluginException e)
    {
        if (e is not { Failure: GoPluginFailure.ExitedBeforeHandshake, Exit: { Signal: null } exit })
            return null;
        if (e.LastErrorLines is not [.., var line] || !line.StartsWith(SandboxCommand.Prefix, StringComparison.Ordinal))
            return null;
        GoPluginFailure? failure = exit.Code switch
        {
            SandboxCommand.NotIsolated => null,
            SandboxCommand.NotFound => GoPluginFailure.NotFound,
            _ => GoPluginFailure.NotExecutable,
        };
        return (failure, line[SandboxCommand.Prefix.Length..]);
    }

    public static KmError From(string label, RpcException e, string call) =>
        e.StatusCode switch
        {
            StatusCode.DeadlineExceeded => new KmError(ErrorCode.PluginStartTimeout, $"Plugin '{label}' did not answer {call} in time"),
            StatusCode.Unimplemented => new KmError(
                ErrorCode.PluginContract,
                $"Plugin '{label}' does not implement {call}",
                WireText.Cut(e.Status.Detail),
                "Is it built against the km contract?"
            ),
            _ => new KmError(
                ErrorCode.PluginContract,
                $"Plugin '{label}' failed in {call}",
                $"{e.StatusCode}: {WireText.Cut(e.Status.Detail)}"
            ),
        };

    public static KmError Frozen(string label, TimeSpan silence) =>
        new(
            ErrorCode.PluginFrozen,
            $"Plugin '{label}' is frozen, and km stopped it: for {Seconds(silence)} it neither acknowledged a message nor answered its health check. The session continues"
        );

    public static KmError TooSlow(string label, TimeSpan silence) =>
        new(
            ErrorCode.PluginNotAnswering,
            $"Plugin '{label}' answers, but acknowledged no message for {Seconds(silence)}, and km stopped it. The session continues",
            Hint: "Look for a handler that waits or blocks."
        );

    public static KmError GivenUp(string label, int failures, TimeSpan window, KmError last) =>
        new(
            ErrorCode.PluginGivenUp,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Plugin '{label}' failed {failures} times in {window.TotalMinutes:0.#} minutes and will not be restarted (last error: {last.Code}). The session continues without it"
            ),
            $"Last error: {last.Summary} [{last.Code}]",
            $"After you fix the cause: km plugins restart {label}"
        );

    public static KmError SetAside(string label, ObservedItem item) =>
        new(
            ErrorCode.MessageSetAside,
            $"Plugin '{label}' failed twice on the same message, which km now skips",
            item is ObservedMessage { Method.Length: > 0 } message
                ? $"message {message.Sequence}, {message.Method}, {message.Size} bytes"
                : $"item {item.Sequence}",
            "Delivery continues behind it. Report this to the plugin's author."
        );

    public static KmError NotInSession(string label) =>
        new(
            ErrorCode.PluginNotInSession,
            $"This session has no plugin '{label}'",
            Hint: "km plugins status shows the plugins of all sessions."
        );

    public static KmError SessionEnds(string label) => new(ErrorCode.PluginNotInSession, $"The session of plugin '{label}' is ending");

    public static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s");

    public static KmError OutOfMemory(string label) =>
        new(
            ErrorCode.MemoryLimit,
            $"Plugin '{label}' needed more memory than its limit, and the kernel killed it",
            Hint: "A plugin's manifest says what it needs; report this to its author."
        );

    public static KmError Crashed(string label, string how, IReadOnlyList<string> lastErrorLines) =>
        new(
            ErrorCode.PluginCrashed,
            $"Plugin '{label}' exited unexpectedly ({how}). The session continues",
            string.Join('\n', lastErrorLines.TakeLast(5).Select(line => "| " + line))
        );
}
