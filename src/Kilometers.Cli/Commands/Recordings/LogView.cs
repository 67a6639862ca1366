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
    private CallFindings? _findings;

    /// <summary>The newest calls, the newest last.</summary>
    public int Show(CallFilter filter, long limit)
    {
        var calls = reader.Calls(filter, limit).Reverse().ToList();
        ReadFindings(calls);
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
                    WriteFindings(calls[at]);
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
        ReadFindings(first);
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

    /// <summary>Reads what was found since the oldest of some calls: all that can be beside them.</summary>
    private void ReadFindings(List<RecordedCall> calls)
    {
        if (calls.Count > 0)
            _findings = CallFindings.Since(context, calls.Min(call => call.Started));
    }

    private IReadOnlyList<PluginFinding> FindingsOf(RecordedCall call) => _findings?.Of(_sessions.Find(call.Session)?.Key, call) ?? [];

    private void WriteFindings(RecordedCall call)
    {
        foreach (var found in FindingsOf(call))
        {
            var text =
                found.Plugin == PluginFindings.Analytics
                    ? "unusual: " + found.Text
                    : $"{found.Code} {found.Severity.ToString().ToLowerInvariant()}: {found.Text}";
            foreach (var row in TerminalText.Fold(TerminalText.Line(text), context.Screen.Width - Indent))
                context.Screen.WriteLine(new string(' ', Indent) + row);
        }
    }

    private void Write(RecordedCall call)
    {
        var payloads = hasPayloads ? reader.Payloads(call) : [];
        if (isJson)
        {
            var found = FindingsOf(call).ToLookup(one => one.Plugin);
            var listing = CallListing.Of(call, _sessions.Find(call.Session), payloads) with
            {
                Unusual = found.Contains(PluginFindings.Analytics) ? [.. found[PluginFindings.Analytics].Select(one => one.Text)] : null,
                Findings = found.Contains(PluginFindings.Guard) ? [.. found[PluginFindings.Guard].Select(FindingListing.Of)] : null,
            };
            context.Screen.WriteLine(
                TerminalText.Json(JsonSerializer.Serialize(listing, RecordingsJsonLines.Default.CallListing), context.Screen.IsAscii)
            );
            return;
        }

        context.Screen.WriteLine(_table.FormatOne(call));
        WriteFindings(call);
        foreach (var message in payloads)
        {
            context.Screen.WriteLine($"  {(message.Direction == RecordedDirection.In ? "→" : "←")} {Units.Bytes(message.Size)}");
            foreach (var line in message.ToLines())
            foreach (var row in TerminalText.Fold(TerminalText.Line(line), context.Screen.Width - Indent))
                context.Screen.WriteLine(new string(' ', Indent) + row);
        }
    }
}
