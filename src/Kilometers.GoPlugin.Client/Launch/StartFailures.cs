using Kilometers.GoPlugin.Client.Logs;
using Kilometers.GoPlugin.Client.Transport;
using Kilometers.Processes;

namespace Kilometers.GoPlugin.Client.Launch;

/// <summary>The words of every way in which a start can fail: what was read, why that is a failure, what to do.</summary>
internal static class StartFailures
{
    private const int Quoted = 200;

    public static GoPluginException NotStarted(string file, ChildStartException cause) =>
        cause.Failure switch
        {
            ChildStartFailure.NotFound => new(GoPluginFailure.NotFound, $"The plugin {file} does not exist. Check its path.", cause),
            ChildStartFailure.NotExecutable => new(
                GoPluginFailure.NotExecutable,
                $"The plugin {file} cannot be executed ({cause.Message}). "
                    + "Check its permissions (chmod +x) and that it was built for this system.",
                cause
            ),
            _ => new(GoPluginFailure.Unknown, $"The plugin {file} could not be started: {cause.Message}.", cause),
        };

    public static GoPluginException TimedOut(string file, TimeSpan timeout, IReadOnlyList<string> errors) =>
        new(
            GoPluginFailure.HandshakeTimeout,
            $"The plugin {file} wrote no handshake line within {timeout.TotalSeconds:0.###} s.{LastWords(errors)} "
                + "Check that it is a go-plugin plugin, or give it more time."
        )
        {
            LastErrorLines = errors,
        };

    public static GoPluginException Ended(string file, ExitStatus? exit, IReadOnlyList<string> errors) =>
        new(
            GoPluginFailure.ExitedBeforeHandshake,
            $"The plugin {file} {(exit is { } status ? $"ended with {status}" : "closed its standard output")} "
                + $"before its handshake.{LastWords(errors)} "
                + "Check that it is a go-plugin plugin, and that it expects this host (magic cookie)."
        )
        {
            LastErrorLines = errors,
            Exit = exit,
        };

    public static GoPluginException Refused(
        string file,
        ReadOnlySpan<byte> line,
        HandshakeProblem problem,
        ExitStatus? exit,
        IReadOnlyList<string> errors
    )
    {
        var quoted = PrintableText.From(line, Quoted);
        return new GoPluginException(
            problem.Failure,
            $"The first line of the plugin {file} {problem.Why}: \"{quoted}\".{LastWords(errors)} {problem.Hint}"
        )
        {
            FirstLine = quoted,
            LastErrorLines = errors,
            Exit = exit,
        };
    }

    public static GoPluginException NotConnected(
        string file,
        PluginAddress address,
        bool certificateRejected,
        Exception? cause,
        ExitStatus? exit,
        IReadOnlyList<string> errors
    )
    {
        var message = (certificateRejected, exit) switch
        {
            (true, _) => $"The server at {address} showed another certificate than the one in the plugin's handshake. "
                + $"Something stands between the host and the plugin {file}, or the plugin is broken; it was stopped.",
            (_, { } status) =>
                $"The plugin {file} ended with {status} before it answered at {address}.{LastWords(errors)} Look at its log.",
            _ => $"The plugin {file} did not answer at {address}{Because(cause)}.{LastWords(errors)} Look at its log.",
        };
        return new GoPluginException(
            certificateRejected ? GoPluginFailure.InvalidCertificate : GoPluginFailure.ConnectionFailed,
            message,
            cause
        )
        {
            LastErrorLines = errors,
            Exit = exit,
        };
    }

    private static string Because(Exception? cause) => cause is null ? " in time" : $" ({PrintableText.From(cause.Message, Quoted)})";

    private static string LastWords(IReadOnlyList<string> errors) =>
        errors.LastOrDefault(line => line.Length > 0) is { } last ? $" Its last words: \"{PrintableText.From(last, Quoted)}\"." : "";
}
