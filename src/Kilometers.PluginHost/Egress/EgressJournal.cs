using Kilometers.Contracts;

namespace Kilometers.PluginHost.Egress;

/// <summary>How much one plugin used the network.</summary>
/// <param name="Connections">Connections made.</param>
/// <param name="Open">Those that are open now.</param>
/// <param name="Refused">Requests that the grant or the rules of addresses refused.</param>
/// <param name="Failed">Requests for which there was no connection.</param>
/// <param name="BytesSent">From the plugin.</param>
/// <param name="BytesReceived">To the plugin.</param>
internal readonly record struct NetworkUse(long Connections, int Open, long Refused, long Failed, long BytesSent, long BytesReceived);

/// <summary>
/// Counts what one plugin does on the network, through all its restarts, and tells of each host once: a plugin that tries again and again
/// must fill neither the terminal nor the audit log.
/// </summary>
/// <param name="tell">See <see cref="Tell"/>; null: nobody hears of it yet.</param>
internal sealed class EgressJournal(Action<string, KmError?>? tell = null)
{
    /// <summary>Of hosts that a plugin makes up, no more than these are told of by name; the others are counted.</summary>
    private const int MaxRefusalsTold = 16;

    private readonly HashSet<string> _told = [];
    private int _toldRefusals;
    private long _connections;
    private int _open;
    private long _refused;
    private long _failed;
    private long _sent;
    private long _received;

    /// <summary>Hears of the first use of a host, and of the first refusal of each: the host and why, null if it was connected.</summary>
    public Action<string, KmError?> Tell { get; set; } = tell ?? ((_, _) => { });

    public NetworkUse Use =>
        new(
            Interlocked.Read(ref _connections),
            Volatile.Read(ref _open),
            Interlocked.Read(ref _refused),
            Interlocked.Read(ref _failed),
            Interlocked.Read(ref _sent),
            Interlocked.Read(ref _received)
        );

    public void Opened(HostPort target)
    {
        Interlocked.Increment(ref _connections);
        Interlocked.Increment(ref _open);
        TellOnce($"{target}", null);
    }

    public void Closed() => Interlocked.Decrement(ref _open);

    /// <summary>A plugin did not get its connection.</summary>
    /// <param name="target">Where it wanted to; null if it did not say that.</param>
    /// <param name="error">Why.</param>
    public void Refused(HostPort? target, KmError error)
    {
        if (error.Code is ErrorCode.HostNotGranted or ErrorCode.PrivateAddress or ErrorCode.EgressRequest)
            Interlocked.Increment(ref _refused);
        else
            Interlocked.Increment(ref _failed);

        // That a host is down is the plugin's to say, each time as it likes; what was not allowed, and what the user must set right, is ours.
        if (error.Code != ErrorCode.HostUnreachable)
            TellOnce(target is { } place ? $"{place}" : "?", error);
    }

    public void Sent(int bytes) => Interlocked.Add(ref _sent, bytes);

    public void Received(int bytes) => Interlocked.Add(ref _received, bytes);

    private void TellOnce(string host, KmError? error)
    {
        lock (_told)
        {
            if (!_told.Add($"{error?.Code} {host}"))
                return;
            if (error is not null && ++_toldRefusals > MaxRefusalsTold)
            {
                _told.Remove($"{error.Code} {host}");
                if (_toldRefusals != MaxRefusalsTold + 1)
                    return;
                host = "further hosts";
            }
        }

        Tell(host, error);
    }
}
