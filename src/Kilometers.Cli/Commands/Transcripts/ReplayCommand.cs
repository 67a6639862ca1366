using System.CommandLine;
using System.Globalization;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Commands.Recordings;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Transcripts;
using Kilometers.Transcripts.Replaying;

namespace Kilometers.Cli.Commands.Transcripts;

/// <summary><c>km replay</c>: a recorded session as a mock server.</summary>
internal static class ReplayCommand
{
    private const string Examples = """
        km serves what the server said in a recorded session, over stdin and stdout, to a real client. A request is found by its method
        and parameters; the first one that was not recorded ends the replay with exit status 1 and the differences from the nearest.
        SESSION may be a file that km import reads.

        With --client, km plays what the client said to the server whose command follows --, and shows what the server answers
        differently; exit status 1 if it does. Every request is really made: a tool that changes something changes it again.

        Examples:
          km replay last --as-fast
          km replay session.json --speed 10
          claude mcp add files-mock -- km replay /home/me/session.json
          km replay --client last -- npx -y @modelcontextprotocol/server-everything
        """;

    /// <param name="server">The server's command, after <c>--</c>.</param>
    public static Command Create(IReadOnlyList<string> server)
    {
        var session = SessionsCommand.Session();
        var speed = new Option<double?>("--speed") { Description = "How many times as fast as recorded. Default: 1.", HelpName = "N" };
        var fast = new Option<bool>("--as-fast") { Description = "Answer at once." };
        var step = new Option<bool>("--step") { Description = "Answer when you press Enter in the terminal." };
        var client = new Option<bool>("--client") { Description = "Play the recorded client to another server." };
        var ignore = DiffCommand.Ignore();
        var json = PluginsCommand.Json();
        var command = new Command("replay", "Serve a recorded session to a client as a mock server, or play its client to a server.")
        {
            session,
            speed,
            fast,
            step,
            client,
            ignore,
            json,
        };
        command.Validators.Add(result =>
        {
            if (((bool[])[result.GetResult(speed) is not null, result.GetValue(fast), result.GetValue(step)]).Count(isSet => isSet) > 1)
                result.AddError("Only one of --speed, --as-fast and --step can be given.");
            if (result.GetValue(client) && server.Count == 0)
                result.AddError("The server's command is missing: km replay --client SESSION -- COMMAND [ARGS…]");
            if (!result.GetValue(client) && (server.Count > 0 || result.GetValue(json) || result.GetResult(ignore) is not null))
                result.AddError("A server's command after --, --ignore and --json go with --client.");
            if (result.GetResult(speed)?.Errors.Any() == false && result.GetValue(speed) is <= 0 or double.NaN)
                result.AddError("--speed must be a number above 0, such as 10 or 0.5.");
        });
        HelpWithExamples.Add(command, Examples);
        CommandContext.Run(command, (parsed, context, cancellationToken) =>
        {
            var transcript = TranscriptAccess.Load(context, parsed.GetValue(session)!);
            Demand(transcript);
            if (parsed.GetValue(client))
            {
                var player = new ReplayClient(transcript, context.Time, IgnoredPaths.Of(parsed.GetValue(ignore) ?? []));
                return ServerCommands.RunAsync(server, ending => PlayAsync(context, player, server, parsed.GetValue(json), ending));
            }

            double? times = parsed.GetValue(fast) ? null : parsed.GetValue(speed) ?? 1;
            return ServeAsync(context, transcript, times, parsed.GetValue(step), cancellationToken);
        });
        return command;
    }

    private static async Task<int> ServeAsync(
        CommandContext context,
        Transcript transcript,
        double? speed,
        bool isStepped,
        CancellationToken cancellationToken
    )
    {
        using var keys = isStepped ? Keys(context) : null;
        var pace = new ReplayPace(context.Time) { Speed = speed, Step = keys is null ? null : keys.NextAsync };
        using var server = new ReplayServer(transcript, pace);
        var unexpected = await server
            .RunAsync(Console.OpenStandardInput(), Console.OpenStandardOutput(), cancellationToken)
            .ConfigureAwait(false);
        if (unexpected is not null)
            throw new KmException(
                new KmError(
                    ErrorCode.UnexpectedRequest,
                    $"The client requested {unexpected.Title}, which session {transcript.Session.ShortId} does not have",
                    string.Join('\n', unexpected.Explanation),
                    $"See what it has: km logs {transcript.Session.ShortId} --payloads"
                )
            );
        var (used, all) = server.Progress;
        context.Errors.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"[km] replayed {used} of {all} requests of session {transcript.Session.ShortId}")
        );
        return 0;
    }

    private static async Task<int> PlayAsync(
        CommandContext context,
        ReplayClient client,
        IReadOnlyList<string> server,
        bool isJson,
        CancellationToken cancellationToken
    )
    {
        var report = await client.RunAsync(server, cancellationToken).ConfigureAwait(false);
        foreach (var line in report.Noise)
            context.Errors.WriteLine($"[km] not JSON-RPC on the server's standard output: {line}");
        return DiffCommand.Show(context, report.ToComparison(), isJson);
    }

    /// <exception cref="KmException"><c>REC_RPL_002</c>: there is nothing to answer with.</exception>
    private static void Demand(Transcript transcript)
    {
        if (transcript.Session.Payloads == "off" || transcript.Messages.All(message => message.Payload is null))
            throw new KmException(
                new KmError(
                    ErrorCode.NotReplayable,
                    $"Session {transcript.Session.ShortId} cannot be replayed: its payloads were not kept",
                    "The recorder ran with payloads=off, or the payloads were deleted to save space.",
                    "Record a session with payloads=masked or full."
                )
            );
    }

    private static StepKeys Keys(CommandContext context) =>
        StepKeys.Open(context.Errors)
        ?? throw new KmException(
            new KmError(
                ErrorCode.InvalidArguments,
                "--step needs a terminal",
                "Standard input belongs to the client, and there is no terminal beside it.",
                "Run the client in a terminal, or use --speed."
            )
        );
}
