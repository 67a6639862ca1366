using System.Text;
using Kilometers.Http.Events;
using Kilometers.Link.Ring;

namespace Kilometers.Http.Observing;

/// <summary>A body that is an event stream: the data of each event is a message.</summary>
internal sealed class EventBody : IBodyObserver
{
    private readonly EventStreamParser _parser;
    private readonly ObservedSession _session;
    private readonly Action<string> _endpoint;

    /// <param name="session">Whose messages they are.</param>
    /// <param name="limit">Bytes that are kept of one.</param>
    /// <param name="endpoint">Called with the address that a server of version 2024-11-05 wants messages sent to.</param>
    public EventBody(ObservedSession session, long limit, Action<string> endpoint)
    {
        (_session, _endpoint) = (session, endpoint);
        _parser = new EventStreamParser(limit, OnEvent);
    }

    public void Take(ReadOnlySpan<byte> bytes) => _parser.Push(bytes);

    public Task EndAsync(bool isWhole) => Task.CompletedTask;

    private void OnEvent(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data, long skipped)
    {
        if (type.SequenceEqual("endpoint"u8))
            _endpoint(Encoding.UTF8.GetString(data));
        else
            _session.Add(Channel.Outbound, data, skipped);
    }
}
