using Kilometers.Link.Hosting;
using Kilometers.Processes;
using Kilometers.Processes.Unix;

namespace Kilometers.Relay.Server;

/// <summary>How the server is started, and what happens when it cannot be.</summary>
internal static class ServerStart
{
    /// <summary>The hidden command of the host program that explains why a server was not started.</summary>
    private const string ExplainCommand = "__explain";

    /// <param name="server">The command and its arguments.</param>
    /// <param name="sharesGroup">Whether it stays in our process group, and so in the terminal's foreground if we are.</param>
    public static ChildCommand Of(string[] server, bool sharesGroup) =>
        new()
        {
            FileName = server[0],
            Arguments = server[1..],
            ArgumentBytes = RawArguments.Last(server.Length - 1),
            ClosedStreams = Closed(0, ChildStreams.Input) | Closed(1, ChildStreams.Output) | Closed(2, ChildStreams.Error),
            SharesGroup = sharesGroup,
        };

    /// <summary>Has the host program explain it.</summary>
    /// <returns>The exit status.</returns>
    public static int Explain(string[] server, ChildStartException e) =>
        HostProgram.Become([ExplainCommand, e.Failure.ToString(), e.Message, "--", .. server]);

    private static ChildStreams Closed(int number, ChildStreams stream) => StandardStreams.WasClosed(number) ? stream : ChildStreams.None;
}
