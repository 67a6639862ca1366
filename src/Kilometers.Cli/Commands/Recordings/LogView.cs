using System.Text.Json;
using Kilometers.Cli.Output;
using Kilometers.Recordings;
using Kilometers.Recordings.Reading;

namespace Kilometers.Cli.Commands.Recordings;

/// <summary>Shows calls, as lines or as JSON.</summary>
/// <param name="context">Where.</param>
/// <param name="reader">The file.</param>
/// <param name="isJson">Whether as JSON.</param>
/// <param name="hasPayloads">Whether with what was sent and answered.</param>
internal sealed class LogView(CommandContext context, RecordingReader reader, bool isJson, bool hasPayloads)
{
    private const int Indent = 4;
    private const int FirstOfFollowed = 10;
    private const int MaxPending = 10_000;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    private readonly CallTable _table = new(context.Screen, new SessionCache(reader).Find, context.Time.GetUtcNow());
    private readonly SessionCache _sessions = new(reader);
    private readonly CallAnomalies _anomalies = CallAnomalies.Of(context);

    /// <summary>The newest calls, the newest last.</summary>
    public int Show(CallFilter filter, long limit)
    {
        var calls = reader.Calls(filter, limit).Reverse().ToList();
        if (isJson || hasPayloads)
        {
            foreach (var call in calls)
                Write(call);
        }
        else
        {
            // The headers, then a line for each call.
            foreach (var (line, at) in (calls.Count == 0 ? [] : _table.Format(calls)).Select((line, at) => (line, at - 1)))
            {
                context.Screen.WriteLine(line);
                if (at >= 0)
                    WriteAnomalies(calls[at]);
            }
        }

        if (calls.Count == 0 && !isJson)
            context.Screen.WriteLine("No calls match.");
        return 0;
    }

    /// <summary>Calls as they end, those of the file's last moments first.</summary>
    public async Task FollowAsync(CallFilter filter, CancellationToken cancellationToken)
    {
        var first = reader.Calls(filter, FirstOfFollowed).Reverse().ToList();
        var last = reader.Calls(new CallFilter(), 1) is [var newest] ? newest.Id : 0;
        var pending = new SortedSet<long>();
        foreach (var call in first)
            Take(call);
        for (var version = reader.Version; ; )
        {
            await Task.Delay(PollInterval, context.Time, cancellationToken).ConfigureAwait(false);
            if (reader.Version == version)
                continue;
            version = reader.Version;
            foreach (var id in pending.ToList())
            {
                if (reader.Calls(new CallFilter { Call = id }, 1) is not [var call])
                    pending.Remove(id);
                else if (call.Outcome != CallOutcome.Pending)
                    Take(call);
            }

            foreach (var call in reader.Calls(new CallFilter { After = last }).Reverse())
            {
                last = call.Id;
                Take(call);
            }
        }

        void Take(RecordedCall call)
        {
            if (call.Outcome == CallOutcome.Pending)
            {
                if (pending.Count < MaxPending)
                    pending.Add(call.Id);
                return;
            }

            pending.Remove(call.Id);

            // The filter is asked now: what a call takes and how it ends is known only at its end.
            if (reader.Calls(filter with { Call = call.Id }, 1).Count > 0)
                Write(call);
        }
    }

    /// <summary>What was unusual with a call; null: nothing.</summary>
    private List<string>? AnomaliesOf(RecordedCall call) =>
        _anomalies.Of(_sessions.Find(call.Session)?.Key, call) is { Count: > 0 } found ? [.. found.Select(AnomalyWords.Short)] : null;

    private void WriteAnomalies(RecordedCall call)
    {
        foreach (var text in AnomaliesOf(call) ?? [])
        foreach (var row in TerminalText.Fold(TerminalText.Line("unusual: " + text), context.Screen.Width - Indent))
            context.Screen.WriteLine(new string(' ', Indent) + row);
    }

    private void Write(RecordedCall call)
    {
        var payloads = hasPayloads ? reader.Payloads(call) : [];
        if (isJson)
        {
            var listing = CallListing.Of(call, _sessions.Find(call.Session), payloads) with { Unusual = AnomaliesOf(call) };
            context.Screen.WriteLine(
                TerminalText.Json(JsonSerializer.Serialize(listing, RecordingsJsonLines.Default.CallListing), context.Screen.IsAscii)
            );
            return;
        }

        context.Screen.WriteLine(_table.FormatOne(call));
        WriteAnomalies(call);
        foreach (var message in payloads)
        {
            context.Screen.WriteLine($"  {(message.Direction == RecordedDirection.In ? "→" : "←")} {Units.Bytes(message.Size)}");
            foreach (var line in message.ToLines())
            foreach (var row in TerminalText.Fold(TerminalText.Line(line), context.Screen.Width - Indent))
                context.Screen.WriteLine(new string(' ', Indent) + row);
        }
    }
}
