using System.Globalization;

namespace Kilometers.Plugins.Guard.Flows;

/// <summary>A message in a chain of messages.</summary>
/// <param name="Key">Identifies the server.</param>
/// <param name="Label">What people call the server.</param>
/// <param name="Subject">The message, such as <c>tools/call 'send'</c>.</param>
/// <param name="Session">The session.</param>
/// <param name="Sequence">Its position in the session.</param>
/// <param name="Time">When it was seen.</param>
internal sealed record FlowMessage(string Key, string Label, string Subject, string Session, ulong Sequence, DateTimeOffset Time)
{
    /// <summary>As one link of the chain.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Label}: {Subject} (message {Sequence}, {Time:HH:mm:ss} UTC)");
}

/// <summary>What one server sent, on its way.</summary>
/// <param name="from">Where it was first seen.</param>
internal sealed class FlowOrigin(FlowMessage from)
{
    private const int MaxHops = 8;
    private readonly List<FlowMessage> _hops = [];

    public FlowMessage From => from;

    /// <summary>Whether a server was sent it.</summary>
    public bool WentTo(string key) => _hops.Any(hop => hop.Key == key);

    /// <summary>Notes that a server was sent it.</summary>
    /// <returns>The chain of messages, the last one included.</returns>
    public string Went(FlowMessage to)
    {
        var chain = string.Join(" → ", _hops.Where(hop => hop.Key != to.Key).Prepend(from).Append(to));
        if (!WentTo(to.Key) && _hops.Count < MaxHops)
            _hops.Add(to);
        return chain;
    }
}
