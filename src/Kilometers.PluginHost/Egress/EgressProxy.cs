using System.Net.Sockets;
using System.Text;
using Kilometers.Contracts;
using Kilometers.Processes;

namespace Kilometers.PluginHost.Egress;

/// <summary>
/// The only way of one plugin's process to the network. The plugin cannot connect to anything; it listens on a socket in its run directory,
/// and km connects to that, and keeps one connection ready: the plugin accepts it and writes <c>CONNECT host:port</c>, km answers and
/// passes bytes on, and has the next one ready. What the bytes are km does not look at: TLS is between the plugin and the host.
/// </summary>
internal sealed class EgressProxy : IAsyncDisposable
{
    private static readonly TimeSpan MinPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan MaxPause = TimeSpan.FromMilliseconds(250);

    private readonly string _path;
    private readonly NetworkGrant _grant;
    private readonly EgressJournal _journal;
    private readonly UpstreamDialer _dialer;
    private readonly EgressOptions _options;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _free;
    private readonly CancellationTokenSource _ending = new();
    private readonly List<Task> _serving = [];
    private Task _running = Task.CompletedTask;
    private Task? _end;

    /// <param name="path">Where the plugin listens.</param>
    /// <param name="grant">What it may connect to.</param>
    /// <param name="journal">Counts and tells.</param>
    /// <param name="dialer">Connects.</param>
    /// <param name="options">Limits.</param>
    /// <param name="time">The clock.</param>
    public EgressProxy(
        string path,
        NetworkGrant grant,
        EgressJournal journal,
        UpstreamDialer dialer,
        EgressOptions options,
        TimeProvider time
    )
    {
        _path = path;
        _grant = grant;
        _journal = journal;
        _dialer = dialer;
        _options = options;
        _time = time;
        _free = new SemaphoreSlim(options.MaxConnections, options.MaxConnections);
    }

    /// <summary>The plugin's process runs; whenever it begins to listen, there will be a connection.</summary>
    /// <param name="process">The process: nobody else's socket is connected to, whatever the plugin puts in its place.</param>
    public void Start(int process) => _running = Task.Run(() => RunAsync(process));

    /// <summary>The process is gone: so is everything that it had, when this completes.</summary>
    public ValueTask DisposeAsync() => new(_end ??= EndAsync());

    private async Task EndAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        await Task.WhenAll(_serving).ConfigureAwait(false);
        _free.Dispose();
        _ending.Dispose();
    }

    private async Task RunAsync(int process)
    {
        try
        {
            var pause = MinPause;
            while (true)
            {
                await _free.WaitAsync(_ending.Token).ConfigureAwait(false);
                if (await ReadyAsync(process).ConfigureAwait(false) is { } socket)
                {
                    pause = MinPause;
                    _serving.RemoveAll(task => task.IsCompleted);
                    _serving.Add(Task.Run(() => ServeAsync(socket)));
                    continue;
                }

                // It does not listen yet, or closed what was ready.
                _free.Release();
                await Task.Delay(pause, _time, _ending.Token).ConfigureAwait(false);
                pause = pause * 2 < MaxPause ? pause * 2 : MaxPause;
            }
        }
        catch (OperationCanceledException)
        {
            // The plugin's process has ended, or the session.
        }
    }

    /// <summary>Has a connection ready until the plugin uses it.</summary>
    /// <returns>Null if there is none.</returns>
    private async Task<Socket?> ReadyAsync(int process)
    {
        if (!File.Exists(_path))
            return null;
        Socket? socket = null;
        var isUsed = false;
        try
        {
            socket = await ChildSocket.ConnectAsync(_path, process, _ending.Token).ConfigureAwait(false);

            // Waits without holding a buffer; readable is also what was closed.
            await socket.ReceiveAsync(Memory<byte>.Empty, _ending.Token).ConfigureAwait(false);
            isUsed = socket.Available > 0;
            return isUsed ? socket : null;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            // Nobody listens, or somebody else, or this process has no more descriptors: the next look is soon.
            return null;
        }
        finally
        {
            if (!isUsed)
                socket?.Dispose();
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        HostPort? target = null;
        var plugin = new NetworkStream(socket, ownsSocket: true);
        await using var _ = plugin.ConfigureAwait(false);
        try
        {
            var request = await ConnectRequest.ReadAsync(socket, _options, _time, _ending.Token).ConfigureAwait(false);
            target = request.Target;
            var reach = _grant.ReachOf(request.Target);
            if (reach == Reach.None)
                throw NotGranted(request.Target);
            var host = await _dialer.DialAsync(request.Target, reach, _ending.Token).ConfigureAwait(false);
            await using var __ = host.ConfigureAwait(false);
            _journal.Opened(request.Target);
            try
            {
                await plugin.WriteAsync("HTTP/1.1 200 Connected\r\n\r\n"u8.ToArray(), _ending.Token).ConfigureAwait(false);
                if (request.Rest.Length > 0)
                {
                    await host.WriteAsync(request.Rest, _ending.Token).ConfigureAwait(false);
                    _journal.Sent(request.Rest.Length);
                }

                await Tunnel.RelayAsync(plugin, host, _journal, _options, _time, _ending.Token).ConfigureAwait(false);
            }
            finally
            {
                _journal.Closed();
            }
        }
        catch (EgressException e)
        {
            _journal.Refused(target, e.Error);
            await AnswerAsync(plugin, e).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // The plugin is gone, or did not wait.
        }
        catch (Exception e)
        {
            // Whatever a plugin brings about here, it is this connection's trouble alone.
            var fault = new EgressException(
                502,
                new KmError(ErrorCode.Internal, "km could not make the connection", $"{e.GetType().Name}: {e.Message}")
            );
            _journal.Refused(target, fault.Error);
            await AnswerAsync(plugin, fault).ConfigureAwait(false);
        }
        finally
        {
            _free.Release();
        }
    }

    private EgressException NotGranted(HostPort target) =>
        new(
            403,
            new KmError(
                ErrorCode.HostNotGranted,
                $"{target} is nowhere that this plugin may connect to",
                $"It may connect to: {_grant}",
                "Its manifest must name it in capabilities.network."
            )
        );

    /// <summary>A short answer in plain text, for programs (the header) and for people (the body).</summary>
    private async Task AnswerAsync(NetworkStream plugin, EgressException refusal)
    {
        var reason = refusal.Status switch
        {
            400 => "Bad Request",
            403 => "Forbidden",
            504 => "Gateway Timeout",
            _ => "Bad Gateway",
        };
        var body = Encoding.UTF8.GetBytes(refusal.Error.Summary + (refusal.Error.Detail is { } detail ? $" ({detail})" : "") + "\n");
        var head =
            $"HTTP/1.1 {refusal.Status} {reason}\r\nKm-Error: {refusal.Error.Code}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n";
        try
        {
            await plugin.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. body], _ending.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // It does not want to know.
        }
    }
}
