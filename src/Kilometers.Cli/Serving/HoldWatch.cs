using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Link.Connection;
using Kilometers.Link.Holding;
using Kilometers.Link.Ring;
using Kilometers.PluginHost;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Interception;

namespace Kilometers.Cli.Serving;

/// <summary>
/// Answers a relay that holds requests, on a thread of its own: the plugins are asked, the relay gets their verdict, and what the relay then
/// did is recorded. A request of which the relay has said in the meantime what became of it is not asked about.
/// </summary>
/// <param name="link">The connection of held requests.</param>
/// <param name="memory">Where they lie.</param>
/// <param name="host">The session's plugins.</param>
/// <param name="tally">Counts what became of them.</param>
/// <param name="errors">Standard error of the session.</param>
internal sealed class HoldWatch(LinkSocket link, SharedMemory memory, PluginHosting host, HoldTally tally, StandardError errors)
    : IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(1);
    private readonly CancellationTokenSource _ending = new();
    private readonly HashSet<string> _reported = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private HeldLine? _line;
    private IReadOnlyList<Ruling?> _rulings = [];
    private long _number;
    private volatile bool _isAtWork;
    private volatile bool _isOver;

    /// <summary>Begins to answer.</summary>
    public void Start() => new Thread(Run, 256 * 1024) { IsBackground = true, Name = "held requests" }.Start();

    /// <summary>Waits until what the relay has said is recorded.</summary>
    /// <param name="limit">How long, at most.</param>
    /// <param name="time">The clock.</param>
    public async Task FinishAsync(TimeSpan limit, TimeProvider time)
    {
        var start = time.GetTimestamp();
        while (!_isOver && (_isAtWork || IsHeld || link.WaitReadable(0)) && time.GetElapsedTime(start) < limit)
            await Task.Delay(LookEvery, time).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _ending.Cancel();
        link.Shutdown();
    }

    /// <summary>Whether there is a request of which the relay has not said yet what became of it.</summary>
    private bool IsHeld
    {
        get
        {
            lock (_gate)
                return _line is not null;
        }
    }

    private void Run()
    {
        try
        {
            while (link.WaitReadable(-1))
            {
                _isAtWork = true;
                if (!link.TryReceive(out var kind, out var content))
                    break;
                Take(kind, content);
                _isAtWork = false;
            }
        }
        catch (Exception e)
        {
            // The relay finds nobody who answers, and does what policy says.
            errors.Warn(SessionFaults.Internal(e));
        }
        finally
        {
            link.Dispose();
            memory.Dispose();
            _isOver = true;
        }
    }

    private void Take(FrameKind kind, byte[] content)
    {
        var reader = new FrameReader(content);
        switch (kind)
        {
            case FrameKind.Held:
                var number = reader.Number();
                Decide(number, reader.Number(), reader.Number());
                break;
            case FrameKind.Outcome:
                Settle(reader.Number(), (HoldOutcome)reader.Number());
                break;
            case FrameKind.Unasked:
                var (passed, stopped) = (reader.Number(), reader.Number());
                tally.Add(stopped, passed);
                host.RecordUnasked(passed, stopped);
                Warn(
                    new KmError(
                        stopped > 0 ? ErrorCode.RequestUndecided : ErrorCode.RequestUnchecked,
                        $"km could not ask about {passed + stopped} held requests: {passed} passed, {stopped} were stopped, as policy says"
                    )
                );
                break;
        }
    }

    private void Decide(long number, long start, long length)
    {
        if (start < 0 || length < 0 || length > memory.Size - start)
            throw new InvalidDataException("a held request lies outside of its memory");
        var line = HeldLine.Read(Copy(start, length));
        lock (_gate)
            (_number, _line, _rulings) = (number, line, []);

        // We were stopped, or had no turn: the relay has not waited.
        if (!link.WaitReadable(0))
            _ = AnswerAsync(number, line);
    }

    /// <summary>
    /// Asks the plugins. Whichever thread gets the last verdict tells the relay: ours would have to wake for it, while the client waits.
    /// </summary>
    private async Task AnswerAsync(long number, HeldLine line)
    {
        try
        {
            var rulings = await host.Interceptors.DecideAsync(line, _ending.Token).ConfigureAwait(false);
            var isStopped = rulings.Any(ruling => ruling?.Stops == true);
            var verdict = new FrameWriter().Add(number).Add(isStopped ? 0L : 1L);
            if (isStopped)
                verdict.Add(StopAnswer.Write(line, rulings));
            lock (_gate)
            {
                // The relay has settled it by itself meanwhile.
                if (_line != line)
                    return;
                _rulings = rulings;
                link.TrySend(FrameKind.Verdict, verdict.Content);
            }
        }
        catch (Exception e)
        {
            // The relay finds nobody who answers, and does what policy says.
            errors.Warn(SessionFaults.Internal(e));
            link.Shutdown();
        }
    }

    private unsafe byte[] Copy(long start, long length) => new ReadOnlySpan<byte>(memory.Start + start, (int)length).ToArray();

    /// <summary>What counts is what the relay did: a verdict that came too late changed nothing.</summary>
    private void Settle(long number, HoldOutcome outcome)
    {
        HeldLine? line;
        IReadOnlyList<Ruling?> rulings;
        lock (_gate)
        {
            if (number != _number)
                return;
            (line, rulings, _line) = (_line, _rulings, null);
        }

        if (line is null)
            return;
        switch (outcome)
        {
            case HoldOutcome.Passed:
                foreach (var (call, ruling) in Calls(line, rulings).Where(pair => pair.Ruling?.Kind == RulingKind.PassUndecided))
                    Note(call, ruling!);
                if (rulings.Any(ruling => ruling?.Kind == RulingKind.PassUndecided))
                    tally.Add(0, 1);
                break;
            case HoldOutcome.Stopped:
                tally.Add(1, 0);
                foreach (var (call, ruling) in Calls(line, rulings).Where(pair => pair.Ruling?.Stops == true))
                    Note(call, ruling!);
                break;
            case HoldOutcome.PassedUndecided or HoldOutcome.StoppedUndecided:
                var stops = outcome == HoldOutcome.StoppedUndecided;
                tally.Add(stops ? 1 : 0, stops ? 0 : 1);
                Note(
                    line.Calls is [var one] ? one : null,
                    new Ruling
                    {
                        Kind = stops ? RulingKind.StopUndecided : RulingKind.PassUndecided,
                        Plugin = host.Interceptors.Rules[0].Plugin,
                        Reason = "gave no verdict in time",
                    }
                );
                break;
        }
    }

    private static IEnumerable<(HeldCall? Call, Ruling? Ruling)> Calls(HeldLine line, IReadOnlyList<Ruling?> rulings) =>
        line.Problem is not null ? rulings.Select(ruling => ((HeldCall?)null, ruling)) : line.Calls.Zip(rulings)!;

    private void Note(HeldCall? call, Ruling ruling)
    {
        host.RecordHeld(call, ruling);
        var what = call is null ? "a message" : $"request {call.Envelope.Method} {call.Envelope.Name}".TrimEnd();
        Warn(
            ruling.Kind == RulingKind.Stop
                ? new KmError(ruling.Code, $"Plugin '{ruling.Plugin}' stopped {what}: {ruling.Reason}")
                : new KmError(
                    ruling.Code,
                    $"{char.ToUpperInvariant(what[0])}{what[1..]} {(ruling.Stops ? "was stopped" : "passed unchecked")}: plugin '{ruling.Plugin}' {ruling.Reason}"
                )
        );
    }

    /// <summary>The same is said once: a client that tries again and again would fill the terminal. All of it is in the audit log.</summary>
    private void Warn(KmError error)
    {
        if (_reported.Count < 100 && _reported.Add(error.Summary))
            errors.Warn(error);
    }
}
