using System.Globalization;
using System.Text;
using Kilometers.Link.Connection;
using Kilometers.Link.Ring;

namespace Kilometers.Link.Holding;

/// <summary>
/// The relay's side of held requests: the memory that they lie in, which the host can only read, and a connection on which it asks the host
/// about one of them at a time. It waits for the host until the deadline and no longer; what then becomes of the request is the policy's choice.
/// </summary>
public sealed unsafe class HoldChannel : IDisposable
{
    /// <summary>
    /// The code of an answer in the server's place. Outside of the range that JSON-RPC reserves (-32768 to -32000), in which MCP gives codes of
    /// its own a meaning: an application's own.
    /// </summary>
    public const int AnswerCode = 403;

    /// <summary>km's code of the answer to a request that nobody decided about.</summary>
    public const string Undecided = "PLG_ICP_002";

    /// <summary>The memory that is kept after a large request.</summary>
    private const int KeptRoom = 1 << 20;

    private const int PageSize = 4096;
    private const int MaxRoom = 1 << 30;
    private readonly LineFilter _filter;
    private readonly SharedMemory _memory;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private LinkSocket? _host;
    private long _number;
    private long _passedAlone;
    private long _stoppedAlone;
    private bool _isDisposed;

    private HoldChannel(IReadOnlyList<HoldRule> rules, SharedMemory memory, TimeProvider time)
    {
        (Rules, _filter, _memory, _time) = (rules, new LineFilter(rules), memory, time);
        IsClosed = rules.Any(rule => rule.IsClosed);
    }

    /// <summary>What is held.</summary>
    public IReadOnlyList<HoldRule> Rules { get; }

    /// <summary>Whether one of the rules stops what is undecided.</summary>
    public bool IsClosed { get; }

    /// <summary>Where the pump reads lines to. Only its thread may write here.</summary>
    public Span<byte> Room => new(_memory.Start, (int)Math.Min(_memory.Size, MaxRoom));

    /// <summary>Makes what a session needs to hold requests.</summary>
    /// <param name="rules">What is held.</param>
    /// <param name="maxMessage">Bytes of the largest request that can be held.</param>
    /// <param name="time">The clock.</param>
    /// <returns>Null where the system has no memory to give.</returns>
    public static HoldChannel? TryCreate(IReadOnlyList<HoldRule> rules, long maxMessage, TimeProvider time)
    {
        var size = (Math.Min(maxMessage, MaxRoom - PageSize) + PageSize) / PageSize * PageSize;
        return SharedMemory.TryCreate(size, onlyHere: true) is { } memory ? new HoldChannel(rules, memory, time) : null;
    }

    /// <summary>A host serves the session: from now on it is asked. On the link's thread.</summary>
    /// <param name="link">The connection to it.</param>
    public void Attach(LinkSocket link)
    {
        ArgumentNullException.ThrowIfNull(link);
        if (LinkSocket.TryPair() is not var (here, there))
            return;
        using (there)
        {
            lock (_gate)
            {
                if (_isDisposed || !link.TrySend(FrameKind.HoldMemory, default, _memory.Passed, there.Handle))
                {
                    here.Dispose();
                    return;
                }

                _host?.Dispose();
                _host = here;
                if (_passedAlone + _stoppedAlone > 0)
                    here.TrySend(FrameKind.Unasked, new FrameWriter().Add(_passedAlone).Add(_stoppedAlone).Content);
                (_passedAlone, _stoppedAlone) = (0, 0);
            }
        }
    }

    /// <summary>The rules that may be about a line; none if it may pass at once.</summary>
    public IReadOnlyList<HoldRule> Find(ReadOnlySpan<byte> line) => _filter.Find(line);

    /// <summary>Asks the host about a line. On the pump's thread.</summary>
    /// <param name="rules">The rules that may be about it.</param>
    /// <param name="start">Where it begins in <see cref="Room"/>.</param>
    /// <param name="length">Its length.</param>
    public HoldDecision Ask(IReadOnlyList<HoldRule> rules, int start, int length)
    {
        ArgumentNullException.ThrowIfNull(rules);
        var (asked, deadline) = (_time.GetTimestamp(), rules.Max(rule => rule.Deadline));
        LinkSocket? host;
        lock (_gate)
            host = _host;
        _number++;
        if (host is not null && host.TrySend(FrameKind.Held, new FrameWriter().Add(_number).Add((long)start).Add((long)length).Content))
        {
            if (Wait(host, asked, deadline) is { } decision)
                return Told(host, decision);
            if (_time.GetElapsedTime(asked) >= deadline)
                return Told(host, Decide(rules, Room.Slice(start, length), $"gave no verdict within {Milliseconds(deadline)} ms"));
        }

        return Count(Decide(rules, Room.Slice(start, length), "could not be asked, because km-host does not run"));
    }

    /// <summary>What becomes of a line that is too large to be held: the host is not asked.</summary>
    /// <param name="beginning">As much of it as there is room for.</param>
    public HoldDecision DecideTooLarge(ReadOnlySpan<byte> beginning) =>
        Count(Decide(Rules, beginning, $"could not be asked, because the message is larger than {Room.Length} bytes (--buffer-size)"));

    /// <summary>Everything in the room was dealt with: what a large request needed is the system's again.</summary>
    /// <param name="used">Bytes that were used.</param>
    public void GiveBack(int used)
    {
        if (used > KeptRoom)
            _memory.Release(KeptRoom, ((long)used + PageSize - 1) / PageSize * PageSize - KeptRoom);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _host?.Dispose();
            _host = null;
        }
    }

    /// <returns>Null if the deadline has passed, or the host is gone.</returns>
    private HoldDecision? Wait(LinkSocket host, long asked, TimeSpan deadline)
    {
        while (deadline - _time.GetElapsedTime(asked) is { Ticks: > 0 } left)
        {
            // A millisecond too much would be late; a millisecond too early looks once more.
            if (!host.WaitReadable(Math.Max(1, (int)left.TotalMilliseconds)))
                continue;
            if (!host.TryReceive(out var kind, out var content))
                break;
            if (kind == FrameKind.Verdict && Read(content) is { } decision)
                return decision;
        }

        return null;
    }

    /// <returns>Null if it is about an earlier request.</returns>
    private HoldDecision? Read(byte[] content)
    {
        var reader = new FrameReader(content);
        if (reader.Number() != _number)
            return null;
        return reader.Number() == 1
            ? new HoldDecision(HoldOutcome.Passed, [])
            : new HoldDecision(HoldOutcome.Stopped, reader.Bytes().ToArray());
    }

    private HoldDecision Told(LinkSocket host, HoldDecision decision)
    {
        host.TrySend(FrameKind.Outcome, new FrameWriter().Add(_number).Add((long)decision.Outcome).Content);
        return decision;
    }

    /// <summary>The host is told now, or the next one is when it serves the session.</summary>
    private HoldDecision Count(HoldDecision decision)
    {
        lock (_gate)
        {
            if (
                _host?.TrySend(FrameKind.Unasked, new FrameWriter().Add(decision.Passes ? 1L : 0).Add(decision.Passes ? 0L : 1).Content)
                == true
            )
                return decision;
            if (decision.Passes)
                _passedAlone++;
            else
                _stoppedAlone++;
        }

        return decision;
    }

    private static HoldDecision Decide(IReadOnlyList<HoldRule> rules, ReadOnlySpan<byte> line, string why)
    {
        if (rules.FirstOrDefault(rule => rule.IsClosed) is not { } closed)
            return new HoldDecision(HoldOutcome.PassedUndecided, []);
        var id = RequestIdFinder.Find(line);
        return new HoldDecision(
            HoldOutcome.StoppedUndecided,
            id.IsEmpty
                ? []
                :
                [
                    .. "{\"jsonrpc\":\"2.0\",\"id\":"u8,
                    .. id,
                    .. Encoding.UTF8.GetBytes(
                        $",\"error\":{{\"code\":{AnswerCode},\"message\":\"km stopped this request before it reached the server: plugin '{closed.Plugin}' {why}, and policy stops what is undecided\",\"data\":{{\"code\":\"{Undecided}\"}}}}}}\n"
                    ),
                ]
        );
    }

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture);
}
