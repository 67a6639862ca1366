using System.Net.Sockets;

namespace Kilometers.PluginHost.Control;

/// <summary>Lets other km of the user look at this session and act on its plugins. Whatever peers do, the session never waits for it.</summary>
internal sealed class ControlServer : IAsyncDisposable
{
    /// <summary>Peers served at once; more wait in the system's queue, no longer than these may take.</summary>
    public const int MaxPeers = 64;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan EndLimit = TimeSpan.FromMilliseconds(500);
    private readonly IControlListener _listener;
    private readonly ControlConversation _conversation;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _free = new(MaxPeers);
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _accepting;

    /// <param name="listener">Where peers come; disposed with this.</param>
    /// <param name="session">What they see and do.</param>
    /// <param name="time">The clock.</param>
    public ControlServer(IControlListener listener, ISessionControl session, TimeProvider time)
    {
        _listener = listener;
        _time = time;
        _conversation = new ControlConversation(session, time);
        _accepting = Task.Run(AcceptAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);

        // Each place that is free again is a peer that was served to its end.
        using var limit = new CancellationTokenSource(EndLimit, _time);
        try
        {
            for (var place = 0; place < MaxPeers; place++)
                await _free.WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // An action that does not let go; it ends with the plugins.
            return;
        }

        _free.Dispose();
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_ending.IsCancellationRequested)
        {
            try
            {
                await _free.WaitAsync(_ending.Token).ConfigureAwait(false);
                var connection = await AcceptOneAsync().ConfigureAwait(false);
                _ = Task.Run(() => ServeAsync(connection), CancellationToken.None);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task<ControlConnection> AcceptOneAsync()
    {
        while (true)
        {
            try
            {
                return await _listener.AcceptAsync(_ending.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or IOException && !_ending.IsCancellationRequested)
            {
                // No descriptors left, most likely: peers can wait, and trying at once again would only heat the machine.
                await Task.Delay(Pause, _time, _ending.Token).ConfigureAwait(false);
            }
        }
    }

    private async Task ServeAsync(ControlConnection connection)
    {
        try
        {
            await using (connection.Stream.ConfigureAwait(false))
                await _conversation
                    .ServeAsync(connection.Stream, connection.Peer, _listener.Refuse(connection.Peer), _ending.Token)
                    .ConfigureAwait(false);
        }
        finally
        {
            _free.Release();
        }
    }
}
