using Kilometers.Link.Connection;
using Kilometers.Link.Ring;
using Kilometers.Monitoring.Observation;
using Kilometers.Processes;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.Cli.Serving;

/// <summary>
/// Observes what a relay leaves in its ring, on the session's own thread, and takes what the relay says meanwhile.
/// <para>
/// While traffic flows the relay does not wake us for each piece: we look every <see cref="PollInterval"/>. What there is then we take in short
/// slices, with a pause after each: a scheduler lets the running thread finish its time slice, whatever the priorities, and a call in passing
/// has to wait for that (bench/relay.sh: the slowest of a hundred calls). When much waits there are no calls in passing but a burst, and we
/// take no pauses. What a burst brings faster than plugins can take it stays in the ring, for a while and as long as there is room.
/// </para>
/// </summary>
/// <param name="ring">The ring; null where there is none.</param>
/// <param name="link">The relay.</param>
/// <param name="observer">Makes messages of the bytes.</param>
/// <param name="time">The clock.</param>
internal sealed class RingWatch(RingReader? ring, LinkSocket link, SessionObserver observer, TimeProvider time)
{
    /// <summary>Bytes that are observed between two looks at the clock: what takes less than a time slice.</summary>
    private const int MaxSliceBytes = 8 * 1024;

    /// <summary>Bytes in one piece that only a burst has.</summary>
    private const int Burst = 48 * 1024;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMicroseconds(200);
    private static readonly TimeSpan TimeSlice = TimeSpan.FromMicroseconds(50);
    private static readonly TimeSpan Pause = TimeSpan.FromMicroseconds(50);

    /// <summary>How long plugins that work off their queues are waited for: what they and all others see is late by no more than that.</summary>
    private static readonly TimeSpan MaxLag = TimeSpan.FromSeconds(2);

    /// <summary>The same in all once the session is over: its end waits.</summary>
    private static readonly TimeSpan MaxLagAtEnd = TimeSpan.FromSeconds(1);

    private long _sliceStart;
    private bool _isEnding;

    /// <summary>What ended the observation before its time; null if nothing did.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>How the server ended; null as long as it runs, or if the relay ended without a word.</summary>
    public ExitStatus? Ended { get; private set; }

    /// <summary>How long the relay waits for the session's end, where the user has chosen that; else zero.</summary>
    public TimeSpan EndTimeout { get; private set; }

    /// <summary>Called for every frame but the end, with the descriptors that came along; on the session's thread.</summary>
    public required Action<FrameKind, byte[], List<SafeFileHandle>> Take { get; init; }

    /// <summary>Whether a plugin is working off a queue that is more than half full.</summary>
    public required Func<bool> IsCatchingUp { get; init; }

    /// <summary>Called when something was observed.</summary>
    public required Action Observed { get; init; }

    /// <summary>Observes until the relay says that the session is over, or is gone.</summary>
    public void Run()
    {
        while (true)
        {
            var busy = ObserveAll();
            if (busy || (ring is not null && !_isEnding && Failure is null && !ring.TryWait()))
            {
                Scheduling.Sleep(PollInterval);
                if (!link.WaitReadable(0))
                    continue;
            }
            else
                // The relay's next word comes with the next piece at the latest. A receive that waits would pin an array for as long.
                link.WaitReadable(Timeout.Infinite);

            var passed = new List<SafeFileHandle>();
            if (!link.TryReceive(out var kind, out var content, passed))
                break;
            if (kind == FrameKind.Ended)
            {
                var reader = new FrameReader(content);
                var (code, signal) = ((int)reader.Number(), (int)reader.Number());
                Ended = new ExitStatus(code, signal == 0 ? null : signal);
                EndTimeout = TimeSpan.FromSeconds(reader.Number());
                break;
            }

            if (kind != FrameKind.Wake)
                Take(kind, content, passed);
        }

        // What was forwarded is all there is.
        var ended = time.GetTimestamp();
        while (Failure is null && ring is { IsEmpty: false } && time.GetElapsedTime(ended) < MaxLagAtEnd)
        {
            if (ObserveAll())
                continue;
            link.TrySend(FrameKind.Busy);
            Scheduling.Sleep(PollInterval);
        }

        _isEnding = true;
        ObserveAll();
    }

    /// <summary>Whether what is in the ring does better to stay there for the moment.</summary>
    private bool MayWait() => IsCatchingUp() && ring is { IsEmpty: false } && ring.CanWait(MaxLag);

    private bool ObserveAll()
    {
        if (ring is null || Failure is not null)
            return false;
        var busy = false;
        try
        {
            while ((_isEnding || !MayWait()) && ring.TryTake(_isEnding, out var seen))
            {
                if (!busy)
                    _sliceStart = time.GetTimestamp();
                busy = true;
                ObserveInSlices(seen);
                ring.Items = observer.Sequence;
            }

            if (busy)
                Observed();
        }
        catch (Exception e)
        {
            // A fault of ours in observing must not end the session: it continues unobserved.
            Failure = e;
        }

        return busy;
    }

    private void ObserveInSlices(in SeenBytes seen)
    {
        var bytes = seen.Bytes;
        if (bytes.Length <= MaxSliceBytes || bytes.Length >= Burst || _isEnding)
        {
            observer.Observe(seen);
            PauseAfterSlice(bytes.Length);
            return;
        }

        observer.Observe(seen with { Bytes = bytes[..MaxSliceBytes] });
        PauseAfterSlice(MaxSliceBytes);
        for (bytes = bytes[MaxSliceBytes..]; !bytes.IsEmpty; bytes = bytes[Math.Min(MaxSliceBytes, bytes.Length)..])
        {
            observer.Observe(
                new SeenBytes
                {
                    Channel = seen.Channel,
                    Bytes = bytes[..Math.Min(MaxSliceBytes, bytes.Length)],
                    Timestamp = seen.Timestamp,
                }
            );
            PauseAfterSlice(MaxSliceBytes);
        }
    }

    /// <summary>Once the time slice is over. Not at the end of the session: then nobody is in a hurry but those who wait for the rest.</summary>
    private void PauseAfterSlice(int length)
    {
        if (_isEnding || length >= Burst || time.GetElapsedTime(_sliceStart) < TimeSlice)
            return;
        Scheduling.Sleep(Pause);
        _sliceStart = time.GetTimestamp();
    }
}
