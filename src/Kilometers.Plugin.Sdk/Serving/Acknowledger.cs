using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using Kilometers.Wire.V2;

namespace Kilometers.Plugin.Sdk.Serving;

/// <summary>
/// Sends cumulative acknowledgements beside the handling of messages: one per signal at most, and while one is on its way further
/// signals become one. What the plugin prints in the session goes with them, before or with the acknowledgement of its message.
/// </summary>
internal sealed class Acknowledger : IAsyncDisposable
{
    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );
    private readonly ServedSession _session;
    private readonly IServerStreamWriter<Acknowledgement> _writer;
    private readonly SessionOutput? _output;
    private readonly ulong _failuresBefore;
    private readonly Task _sending;
    private ulong _handled;

    /// <param name="session">Whose messages are acknowledged.</param>
    /// <param name="writer">To the host.</param>
    /// <param name="output">What it prints; null: it goes another way.</param>
    /// <param name="cancellationToken">The host ended the call.</param>
    public Acknowledger(
        ServedSession session,
        IServerStreamWriter<Acknowledgement> writer,
        SessionOutput? output,
        CancellationToken cancellationToken
    )
    {
        _session = session;
        _writer = writer;
        _output = output;
        _failuresBefore = session.Failures;
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
                // In this order: what is acknowledged has been printed.
                var handled = Volatile.Read(ref _handled);
                var isLast = false;
                while (!isLast)
                {
                    var piece = _output?.Take() ?? [];
                    isLast = piece.Length < SessionOutput.MaxPiece;
                    if (isLast && piece.Length == 0 && handled == sent)
                        break;
                    sent = isLast ? handled : sent;
                    await _writer
                        .WriteAsync(
                            new Acknowledgement
                            {
                                Sequence = sent,
                                Failed = _session.Failures - _failuresBefore,
                                LastError = _session.LastError,
                                Output = UnsafeByteOperations.UnsafeWrap(piece),
                            },
                            cancellationToken
                        )
                        .ConfigureAwait(false);
                }
            }
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or IOException or InvalidOperationException or RpcException)
        {
            // The host ended the call: there is nobody to acknowledge to.
        }
        finally
        {
            _output?.End();
        }
    }
}
