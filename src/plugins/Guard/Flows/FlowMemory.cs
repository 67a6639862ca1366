using System.Runtime.InteropServices;

namespace Kilometers.Plugins.Guard.Flows;

/// <summary>A passage that came from another server.</summary>
/// <param name="Chain">The messages that it passed, the last one included.</param>
/// <param name="Origin">Where it came from.</param>
/// <param name="Start">Where it begins in the text.</param>
/// <param name="Length">About how long it is.</param>
internal sealed record FlowMatch(string Chain, FlowMessage Origin, int Start, int Length);

/// <summary>
/// What servers sent lately, as fingerprints and keyed hashes: no text is kept. What the client sent first came from no server, and what
/// several servers send, or a server got before, gives nobody anything. Safe to use from several threads.
/// </summary>
/// <param name="capacity">Fingerprints that are kept; the oldest go first.</param>
internal sealed class FlowMemory(int capacity = FlowMemory.Capacity)
{
    /// <summary>About 6 MB.</summary>
    public const int Capacity = 100_000;

    /// <summary>Fingerprints that a passage needs: about fifty letters. Single ones are common phrases.</summary>
    private const int MinMatches = 4;

    private const int MaxSecrets = 2000;
    private readonly Lock _gate = new();

    /// <summary>By fingerprint: where it came from; null: from the client, or from several servers.</summary>
    private readonly Dictionary<ulong, FlowOrigin?> _known = [];
    private readonly Queue<ulong> _order = new();
    private readonly Dictionary<string, FlowOrigin> _secrets = new(StringComparer.Ordinal);
    private readonly Queue<string> _secretOrder = new();

    /// <summary>Fingerprints that are kept now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _known.Count;
        }
    }

    /// <summary>A server sent something.</summary>
    /// <param name="message">The message.</param>
    /// <param name="texts">Its texts.</param>
    /// <param name="secrets">The keyed hashes of the secrets in it.</param>
    public void Received(FlowMessage message, IEnumerable<string> texts, IEnumerable<string> secrets)
    {
        var origin = new FlowOrigin(message);
        var prints = texts.Select(Fingerprints.Of).ToList();
        lock (_gate)
        {
            foreach (var ofText in prints)
            foreach (var (print, _) in ofText)
            {
                ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_known, print, out var isKnown);
                if (!isKnown)
                {
                    known = origin;
                    Keep(print);
                }
                else if (known is not null && known != origin && known.From.Key != message.Key && !known.WentTo(message.Key))
                    known = null;
            }

            foreach (var secret in secrets)
            {
                if (!_secrets.TryAdd(secret, origin))
                    continue;
                _secretOrder.Enqueue(secret);
                if (_secretOrder.Count > MaxSecrets)
                    _secrets.Remove(_secretOrder.Dequeue());
            }
        }
    }

    /// <summary>A server is sent something.</summary>
    /// <returns>The longest passage in the text that came from another server; null: there is none.</returns>
    public FlowMatch? Sent(FlowMessage message, string text)
    {
        var prints = Fingerprints.Of(text);
        lock (_gate)
        {
            var match = prints
                .Where(print => _known.GetValueOrDefault(print.Hash) is { } origin && origin.From.Key != message.Key)
                .GroupBy(print => _known[print.Hash]!)
                .Where(group => group.Select(print => print.Hash).Distinct().Count() >= MinMatches)
                .MaxBy(group => group.Count());
            foreach (var (print, _) in prints)
                if (!_known.ContainsKey(print))
                    Remember(print, null);
            if (match is null)
                return null;
            var start = match.Min(print => print.Start);
            return new(match.Key.Went(message), match.Key.From, start, match.Max(print => print.Start) + Fingerprints.Length - start);
        }
    }

    /// <summary>A server is sent a secret.</summary>
    /// <param name="message">The message.</param>
    /// <param name="secret">Its keyed hash.</param>
    /// <param name="leaves">Whether it goes to an address as well, so that the server that it came from counts, too.</param>
    /// <returns>The chain of messages, if the secret came from a server; else null.</returns>
    public string? SentSecret(FlowMessage message, string secret, bool leaves)
    {
        lock (_gate)
            return _secrets.GetValueOrDefault(secret) is { } origin && (leaves || origin.From.Key != message.Key)
                ? origin.Went(message)
                : null;
    }

    private void Remember(ulong print, FlowOrigin? origin)
    {
        _known.Add(print, origin);
        Keep(print);
    }

    /// <summary>The oldest makes room for a new one.</summary>
    private void Keep(ulong print)
    {
        _order.Enqueue(print);
        if (_order.Count > capacity)
            _known.Remove(_order.Dequeue());
    }
}
