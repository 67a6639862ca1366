using System.Threading.Channels;
using Grpc.Core;
using Kilometers.Wire.V2;

namespace Kilometers.Plugin.Sdk.Serving;

/// <summary>
/// Sends cumulative acknowledgements beside the handling of messages: one per signal at most, and while one is on its way further
/// signals become one.
/// </summary>
internal sealed class Acknowledger : IAsyncDisposable
{
    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );
    private readonly PluginServer _server;
    private readonly IServerStreamWriter<Acknowledgement> _writer;
    private readonly ulong _failuresBefore;
    private readonly Task _sending;
    private ulong _handled;

    public Acknowledger(PluginServer server, IServerStreamWriter<Acknowledgement> writer, CancellationToken cancellationToken)
    {
        _server = server;
        _writer = writer;
        _failuresBefore = server.Failures;
        _sending = SendAsync(cancellationToken);
    }

    /// <summary>Everything up to this item is handled.</summary>
    public void Handled(ulong sequence) => Volatile.Write(ref _handled, sequence);

    /// <summary>What is handled by now should be acknowledged soon.</summary>
    public void Signal() => _signals.Writer.TryWrite(true);

    /// <summary>Sends what is left to acknowledge.</summary>
    public async ValueTask DisposeAsync()
    {
        Signal();
        _signals.Writer.TryComplete();
        await _sending.ConfigureAwait(false);
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        try
        {
            var sent = 0UL;
            await foreach (var _ in _signals.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                var handled = Volatile.Read(ref _handled);
                if (handled == sent)
                    continue;
                await _writer
                    .WriteAsync(
                        new Acknowledgement
                        {
                            Sequence = handled,
                            Failed = _server.Failures - _failuresBefore,
                            LastError = _server.LastError,
                        },
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                sent = handled;
            }
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or IOException or InvalidOperationException or RpcException)
        {
            // The host ended the call: there is nobody to acknowledge to.
        }
    }
}
