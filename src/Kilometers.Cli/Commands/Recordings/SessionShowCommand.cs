using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;
using Kilometers.Recordings;
using Kilometers.Recordings.Reading;

namespace Kilometers.Cli.Commands.Recordings;

/// <summary><c>km sessions show</c>: a session's calls on a line of time.</summary>
internal static class SessionShowCommand
{
    private const int DefaultLimit = 100;
    private const int MinBar = 10;
    private const int MaxBar = 40;

    /// <summary>What is shown of a session besides its calls: what can explain them.</summary>
    private static readonly HashSet<string> Shown = ["stdout.noise", "delivery.dropped", "parse_error", "server.exited"];

    public static Command Create()
    {
        var session = SessionsCommand.Session();
        var limit = new Option<int>("--limit", "-n")
        {
            Description = $"Only the first N calls; 0: all. Default: {DefaultLimit}.",
            HelpName = "N",
            DefaultValueFactory = _ => DefaultLimit,
        };
        var json = PluginsCommand.Json();
        var command = new Command("show", "Show a session: its calls in order, and how long each took.") { session, limit, json };
        HelpWithExamples.Add(
            command,
            """
            Requests from the server (such as sampling) are indented. Payloads: km logs SESSION --payloads

            Examples:
              km sessions show last
              km sessions show 3f9a --limit 0
              km sessions show -2 --json
            """
        );
        CommandContext.Run(command, (parsed, context, _) => RecordingAccess.UseAsync(context, RecordingReader.Open, reader =>
            {
                var found = RecordingAccess.Find(reader, parsed.GetValue(session)!);
                return context.PagedAsync(() =>
                    Task.FromResult(
                        parsed.GetValue(json) ? ShowJson(context, reader, found) : Show(context, reader, found, parsed.GetValue(limit))
                    )
                );
            }));
        return command;
    }

    private static int ShowJson(CommandContext context, RecordingReader reader, RecordedSession session)
    {
        context.Screen.Json(
            new SessionDetails(
                RecordedSessionListing.Of(session, session.Ended is null && RecordingAccess.Running(context).Contains(session.Key)),
                [.. reader.CallsOf(session.Row).Select(call => CallListing.Of(call, session, []))],
                [.. reader.Events(session.Row).Select(one => new OccurrenceListing(one.Time, one.Type, JsonElement.Parse(one.Data)))]
            ),
            RecordingsJson.Default.SessionDetails
        );
        return 0;
    }

    private static int Show(CommandContext context, RecordingReader reader, RecordedSession session, int limit)
    {
        var screen = context.Screen;
        var running = RecordingAccess.Running(context);
        Head(screen, session, SessionsCommand.State(session, running));
        var calls = reader.CallsOf(session.Row);
        var shown = limit > 0 ? calls.Take(limit).ToList() : calls;
        if (shown.Count > 0)
        {
            screen.WriteLine("");
            var now = running.Contains(session.Key) ? context.Time.GetUtcNow() : session.LastSeen;
            foreach (var line in Waterfall(screen, session, shown, now))
                screen.WriteLine(line.TrimEnd());
        }

        if (shown.Count < calls.Count)
            screen.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{calls.Count - shown.Count} more calls: km sessions show {session.ShortId} --limit 0"
                )
            );
        foreach (var occurrence in reader.Events(session.Row).Where(one => Shown.Contains(one.Type)))
            screen.WriteLine(TerminalText.Line($"{Offset(session, occurrence.Time)}  {occurrence.Type}  {occurrence.Data}", 500));
        return 0;
    }

    private static void Head(Screen screen, RecordedSession session, string state)
    {
        var rows = new List<IReadOnlyList<string>>
        {
            new[] { "session", session.Name is null ? session.ShortId : $"{session.ShortId}  {session.Name}" },
            new[] { "server", session.Server ?? Units.None },
        };
        if (session.Command is { } command)
            rows.Add(["command", command]);
        if (session.Client is not null)
            rows.Add(["client", $"{session.Client} {session.ClientVersion}".Trim()]);
        if (session.Protocol is { } protocol)
            rows.Add(["protocol", protocol]);
        rows.Add(["started", Units.Time(session.Started)]);
        rows.Add(["state", session.ExitStatus is null || session.Ended is null ? state : $"{state}, {session.ExitStatus}"]);
        rows.Add([
            "traffic",
            $"{Units.Many(session.Messages, "message")}, {Units.Many(session.Calls, "call")}, {Units.Many(session.Errors, "error")}, "
                + $"{Units.Bytes(session.BytesIn)} in, {Units.Bytes(session.BytesOut)} out",
        ]);
        if (session.Missed > 0)
            rows.Add(["missing", string.Create(CultureInfo.InvariantCulture, $"{session.Missed} messages or events")]);
        screen.Table(["", ""], rows);
    }

    private static IReadOnlyList<string> Waterfall(
        Screen screen,
        RecordedSession session,
        IReadOnlyList<RecordedCall> calls,
        DateTimeOffset now
    )
    {
        var width = Math.Clamp((screen.Width ?? 100) - 60, MinBar, MaxBar);
        var start = session.Started;
        var length = calls.Max(call => call.Started + (call.Latency ?? TimeSpan.Zero)) - start;
        Column[] columns =
        [
            new("AT", IsNumber: true),
            new("CALL"),
            new("", 3),
            new("LATENCY", IsNumber: true),
            new("STATUS", 1),
            new("#", 2, IsNumber: true),
            new("DETAIL", 4),
        ];
        return screen.Format(columns, [.. calls.Select(Row)]);

        Cell[] Row(RecordedCall call)
        {
            var status = CallTable.Status(call);
            return
            [
                Offset(session, call.Started),
                (call.Direction == RecordedDirection.Out ? "  " : "") + CallTable.Title(call),
                new(Bar(call), status.Color),
                call.Outcome == CallOutcome.Pending
                    ? $"{Units.Span(now - call.Started)}+"
                    : Units.Milliseconds(call.Latency?.TotalMilliseconds),
                status,
                call.Id.ToString(CultureInfo.InvariantCulture),
                TerminalText.Line((call.ErrorText ?? "").ReplaceLineEndings(" ")),
            ];
        }

        string Bar(RecordedCall call)
        {
            var from = At(call.Started);
            var to = call.Outcome == CallOutcome.Pending ? width : Math.Max(from + 1, At(call.Started + (call.Latency ?? TimeSpan.Zero)));
            return new string(' ', from) + new string(screen.IsAscii ? '=' : '━', Math.Min(to, width) - from) + new string(' ', width - to);
        }

        int At(DateTimeOffset time) => length <= TimeSpan.Zero ? 0 : Math.Clamp((int)((time - start) / length * width), 0, width - 1);
    }

    private static string Offset(RecordedSession session, DateTimeOffset time)
    {
        var offset = time - session.Started;
        return offset < TimeSpan.FromMinutes(1)
            ? string.Create(CultureInfo.InvariantCulture, $"+{Math.Max(0, offset.TotalSeconds):0.000} s")
            : string.Create(CultureInfo.InvariantCulture, $"+{(int)offset.TotalHours}:{offset:mm\\:ss}");
    }
}
