using Kilometers.Link.Hosting;
using Kilometers.Link.Ring;
using Kilometers.Processes;
using Kilometers.Processes.Unix;

namespace Kilometers.Http.Observing;

/// <summary>
/// One session, as its host sees it: messages go into the memory that is shared with the host, one line each, as a stdio session's do. Nothing
/// here waits for the host. Safe for use by several threads.
/// </summary>
#pragma warning disable CA1001 // End releases what it holds.
internal sealed class ObservedSession
#pragma warning restore CA1001
{
    private const int ChunkSize = 64 * 1024;

    /// <summary>How often it is looked whether the host has taken what a burst left.</summary>
    private static readonly TimeSpan BurstCheckInterval = TimeSpan.FromMilliseconds(100);

    private static readonly Stream Errors = StandardStreams.WasClosed(2) ? Stream.Null : FileDescriptorStream.Standard(2);

    private readonly TimeProvider _time;
    private readonly HostLink _link;
    private readonly RingWriter? _ring;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _terminated = new();
    private readonly ITimer _burstCheck;
    private bool _hasEnded;

    public ObservedSession(SessionSettings settings, TimeProvider time)
    {
        _time = time;
        _burstCheck = time.CreateTimer(_ => GiveBack(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _link = new HostLink(settings.Introduce(time), Errors) { Terminate = _terminated.Cancel };
        _ring = RingWriter.TryCreate(settings.MaxMessage, isLarge: PolicyHint.MayGuaranteeDelivery(), _link.Wake, () => _link.HasHost);
        Waits = PolicyHint.MustAsk();
        _link.Start(_ring, Waits);
    }

    /// <summary>Cancelled when policy ends the session.</summary>
    public CancellationToken Terminated => _terminated.Token;

    /// <summary>The exit status that policy gave the session; null: none.</summary>
    public int? ImposedStatus => _link.ImposedStatus;

    /// <summary>Whether nothing may pass before the host has permitted the session.</summary>
    private bool Waits { get; }

    /// <summary>Whether the session may have what it asks for. Only where policy may forbid it is the host waited for.</summary>
    /// <returns>Null if it may; else the exit status that says so.</returns>
    public ValueTask<int?> RefusalAsync(CancellationToken cancellationToken) =>
        _terminated.IsCancellationRequested ? new(_link.ImposedStatus ?? 1)
        : !Waits ? new((int?)null)
        : new(_link.Permission.WaitAsync(cancellationToken));

    /// <summary>A message has passed.</summary>
    /// <param name="channel">Its direction.</param>
    /// <param name="message">The message; line ends in it are shown as spaces, which they are in JSON.</param>
    /// <param name="skipped">How many bytes follow that were too many to keep.</param>
    public void Add(Channel channel, ReadOnlySpan<byte> message, long skipped = 0)
    {
        lock (_gate)
        {
            if (_hasEnded || _ring is null)
                return;
            var lane = _ring[channel];
            var now = _time.GetTimestamp();
            do
            {
                var count = Math.Min(message.Length, ChunkSize);
                var isLast = count == message.Length && skipped == 0;
                var room = lane.Next(ChunkSize + 1);
                message[..count].CopyTo(room);
                room[..count].Replace((byte)'\n', (byte)' ');
                room[..count].Replace((byte)'\r', (byte)' ');
                message = message[count..];
                if (isLast)
                    room[count++] = (byte)'\n';
                lane.BeginForward(now);
                lane.Add(room[..count], now);
            } while (!message.IsEmpty);

            if (lane.HoldsBurst)
                _burstCheck.Change(BurstCheckInterval, Timeout.InfiniteTimeSpan);
            if (skipped == 0)
                return;
            lane.Skip(skipped);
            var end = lane.Next(ChunkSize + 1)[..1];
            end[0] = (byte)'\n';
            lane.Add(end, now);
        }
    }

    /// <summary>The session is over. Waits, not for long, until the host has printed what there is to print.</summary>
    public void End()
    {
        lock (_gate)
        {
            if (_hasEnded)
                return;
            _hasEnded = true;
            _burstCheck.Dispose();
            foreach (var channel in Enum.GetValues<Channel>())
                _ring?[channel].End(_time.GetTimestamp());
        }

        _link.End(new ExitStatus(0, null));
        _link.Dispose();
        _ring?.Dispose();
    }

    /// <summary>What a burst needed is the system's again once the host has taken it.</summary>
    private void GiveBack()
    {
        lock (_gate)
        {
            if (_hasEnded || _ring is null)
                return;
            var holds = false;
            foreach (var channel in Enum.GetValues<Channel>())
            {
                if (_ring[channel].HoldsBurst)
                    _ring[channel].Next(ChunkSize + 1);
                holds |= _ring[channel].HoldsBurst;
            }

            if (holds)
                _burstCheck.Change(BurstCheckInterval, Timeout.InfiniteTimeSpan);
        }
    }
}
