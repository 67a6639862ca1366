using Kilometers.Http.Events;
using Kilometers.Link.Ring;

namespace Kilometers.Http.Observing;

/// <summary>A body that is one message, or a batch of them, in JSON.</summary>
/// <param name="session">Whose message it is.</param>
/// <param name="channel">Its direction.</param>
/// <param name="limit">Bytes of it that are kept.</param>
/// <param name="mustBeMessage">Whether to ignore a body that is not JSON-RPC, such as the page of an error.</param>
internal sealed class MessageBody(ObservedSession session, Channel channel, long limit, bool mustBeMessage) : IBodyObserver
{
    private readonly LimitedBuffer _body = new(limit);

    public void Take(ReadOnlySpan<byte> bytes) => _body.Append(bytes);

    public Task EndAsync(bool isWhole)
    {
        if (_body.Size > 0 && (!mustBeMessage || _body.Kept.IndexOf("\"jsonrpc\""u8) >= 0))
            session.Add(channel, _body.Kept, _body.Skipped);
        _body.Clear();
        return Task.CompletedTask;
    }
}
