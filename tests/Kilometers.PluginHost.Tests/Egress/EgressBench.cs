using System.Net;
using System.Net.Sockets;
using System.Text;
using Kilometers.Contracts;
using Kilometers.PluginHost.Egress;

namespace Kilometers.PluginHost.Tests.Egress;

/// <summary>A proxy with a plugin's end (a socket that listens) and, on this machine, a host behind it.</summary>
internal sealed class EgressBench : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private readonly TemporaryFolder _folder = new();
    private readonly Socket _plugin = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly EgressProxy _proxy;

    /// <param name="options">Limits.</param>
    /// <param name="grant">What is granted; null: the host.</param>
    /// <param name="addresses">What names resolve to; null: loopback.</param>
    /// <param name="proxy">The user's proxy; null: none.</param>
    /// <param name="time">The clock.</param>
    /// <param name="isListening">Whether the plugin listens from the beginning.</param>
    public EgressBench(
        EgressOptions? options = null,
        Func<HostPort, NetworkGrant>? grant = null,
        Func<IPAddress[]>? addresses = null,
        IWebProxy? proxy = null,
        TimeProvider? time = null,
        bool isListening = true
    )
    {
        Host.Start();
        Target = new HostPort("host.test", ((IPEndPoint)Host.LocalEndpoint).Port);
        Journal = new EgressJournal(
            (host, error) =>
            {
                lock (Told)
                    Told.Add((host, error));
            }
        );
        options ??= new EgressOptions();
        time ??= TimeProvider.System;
        var dialer = new UpstreamDialer(options, proxy ?? new NoProxy(), time, (_, _) =>
            Task.FromResult(addresses?.Invoke() ?? [IPAddress.Loopback])
        );
        _proxy = new EgressProxy(
            SocketPath,
            grant?.Invoke(Target) ?? NetworkGrant.Of([Target.ToString()], "", [Target.ToString()]),
            Journal,
            dialer,
            options,
            time
        );
        if (isListening)
            Listen();
        _proxy.Start(Environment.ProcessId);
    }

    public TcpListener Host { get; } = new(IPAddress.Loopback, 0);

    public HostPort Target { get; }

    public EgressJournal Journal { get; }

    public List<(string Host, KmError? Error)> Told { get; } = [];

    public string SocketPath => Path.Combine(_folder.Path, "egress");

    public void Listen()
    {
        _plugin.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _plugin.Listen();
    }

    /// <summary>A connection that km has ready.</summary>
    public async Task<NetworkStream> AcceptAsync() =>
        new(await _plugin.AcceptAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Limit), ownsSocket: true);

    /// <summary>Asks for a connection; returns it with the head of the answer.</summary>
    public async Task<(NetworkStream Stream, string Answer)> AskAsync(string target)
    {
        var stream = await AcceptAsync();
        await SendAsync(stream, $"CONNECT {target} HTTP/1.1\r\nHost: x\r\n\r\n");
        return (stream, await ReadHeadAsync(stream));
    }

    /// <summary>Both ends of a connection that is granted.</summary>
    public async Task<(NetworkStream Plugin, Socket Host)> ConnectAsync()
    {
        var (stream, answer) = await AskAsync(Target.ToString());
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        return (stream, await Host.AcceptSocketAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Limit));
    }

    public static async Task SendAsync(Stream stream, string text) =>
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken).AsTask().WaitAsync(Limit);

    public static async Task<string> ReadHeadAsync(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (
            !head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal)
            && await stream.ReadAsync(one, TestContext.Current.CancellationToken).AsTask().WaitAsync(Limit) > 0
        )
            head.Append((char)one[0]);
        return head.ToString();
    }

    public static async Task<string> ReadToEndAsync(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8, leaveOpen: true);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Limit);
    }

    public static async Task ForAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!condition())
            await Task.Delay(5, limit.Token);
    }

    /// <summary>The plugin's process is gone.</summary>
    public async Task EndAsync() => await _proxy.DisposeAsync().AsTask().WaitAsync(Limit);

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _plugin.Dispose();
        Host.Dispose();
        _folder.Dispose();
    }

    private sealed class NoProxy : IWebProxy
    {
        public ICredentials? Credentials { get; set; }

        public Uri? GetProxy(Uri destination) => null;

        public bool IsBypassed(Uri host) => true;
    }
}
