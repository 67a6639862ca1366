using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Kilometers.GoPlugin.Server.Tests;

/// <summary>A minimal go-plugin host: starts a real plugin process, reads its handshake and opens a channel. Independent of our client half.</summary>
internal sealed class PluginProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _directory;
    private readonly X509Certificate2? _certificate;
    private readonly StringBuilder _error = new();
    private readonly List<GrpcChannel> _channels = [];

    private PluginProcess(Process process, string directory, X509Certificate2? certificate)
    {
        _process = process;
        _directory = directory;
        _certificate = certificate;
    }

    /// <summary>The first line of stdout, or null if stdout ended without one.</summary>
    public string? Handshake { get; private set; }

    public string[] Fields => (Handshake ?? "").Split('|');

    public Process Process => _process;

    public string Directory => _directory;

    public string Error
    {
        get
        {
            lock (_error)
                return _error.ToString();
        }
    }

    public static async Task<PluginProcess> StartAsync(
        string executable,
        IReadOnlyDictionary<string, string> environment,
        bool tls = false,
        string? shell = null
    )
    {
        var directory = Path.Combine(Path.GetTempPath(), "kp" + Guid.NewGuid().ToString("N")[..8]);
        System.IO.Directory.CreateDirectory(directory);
        var start = shell is null ? new ProcessStartInfo(executable) : new ProcessStartInfo("/bin/sh", ["-c", shell]);
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        foreach (var name in start.Environment.Keys.Where(static name => name.StartsWith("PLUGIN_", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(name);
        start.Environment["PLUGIN_UNIX_SOCKET_DIR"] = directory;
        var certificate = tls ? NewCertificate() : null;
        if (certificate is not null)
            start.Environment["PLUGIN_CLIENT_CERT"] = certificate.ExportCertificatePem();
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var plugin = new PluginProcess(Process.Start(start)!, directory, certificate);
        plugin._process.StandardInput.Close();
        _ = plugin.ReadErrorAsync();
        plugin.Handshake = await plugin._process.StandardOutput.ReadLineAsync();
        return plugin;
    }

    /// <summary>A channel to the plugin with the certificate it expects, or another.</summary>
    public GrpcChannel Open(X509Certificate2? certificate = null) => Open(Fields[3], certificate);

    public GrpcChannel Open(string socketPath, X509Certificate2? certificate = null)
    {
        var channel = GrpcChannel.ForAddress(
            "http://localhost",
            new GrpcChannelOptions
            {
                MaxReceiveMessageSize = null,
                HttpHandler = new SocketsHttpHandler
                {
                    UseProxy = false,
                    ConnectCallback = (_, token) => ConnectAsync(socketPath, certificate ?? _certificate, token),
                },
            }
        );
        _channels.Add(channel);
        return channel;
    }

    /// <summary>Waits for the end of the process.</summary>
    public async Task<int> ExitAsync(int seconds = 10)
    {
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(seconds));
        return _process.ExitCode;
    }

    /// <summary>Polls until stderr holds a text.</summary>
    public async Task<string> ErrorContainsAsync(string text)
    {
        for (var attempt = 0; attempt < 500 && !Error.Contains(text, StringComparison.Ordinal); attempt++)
            await Task.Delay(10);
        return Error;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var channel in _channels)
            channel.Dispose();
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        System.IO.Directory.Delete(_directory, recursive: true);
    }

    public static X509Certificate2 NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        var request = new CertificateRequest("O=HashiCorp, CN=localhost", key, HashAlgorithmName.SHA512);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private async ValueTask<Stream> ConnectAsync(string path, X509Certificate2? certificate, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
        var stream = new NetworkStream(socket, ownsSocket: true);
        if (certificate is null)
            return stream;
        var encoded = Fields[5];
        var expected = Convert.FromBase64String(encoded.PadRight((encoded.Length + 3) / 4 * 4, '='));
        var secured = new SslStream(stream);
        await secured.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                ClientCertificates = [certificate],
                ApplicationProtocols = [SslApplicationProtocol.Http2],
                RemoteCertificateValidationCallback = (_, peer, _, _) => peer!.GetRawCertData().AsSpan().SequenceEqual(expected),
            },
            cancellationToken
        );
        return secured;
    }

    private async Task ReadErrorAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            lock (_error)
                _error.Append(line).Append('\n');
        }
    }
}

/// <summary>Calls by name, so that tests need no generated client.</summary>
internal static class Rpc
{
    public static Method<TRequest, TResponse> Method<TRequest, TResponse>(string service, string name, MethodType type = MethodType.Unary)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() => new(type, service, name, Marshaller<TRequest>(), Marshaller<TResponse>());

    public static async Task<TResponse> CallAsync<TRequest, TResponse>(
        this GrpcChannel channel,
        string service,
        string name,
        TRequest request
    )
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() =>
        await channel
            .CreateCallInvoker()
            .AsyncUnaryCall(
                Method<TRequest, TResponse>(service, name),
                null,
                new CallOptions(deadline: DateTime.UtcNow.AddSeconds(20)),
                request
            );

    /// <summary>A call whose messages are text as it is.</summary>
    public static async Task<string> TextAsync(this GrpcChannel channel, string service, string name, string request)
    {
        var text = Marshallers.Create(
            static (string value) => Encoding.UTF8.GetBytes(value),
            static bytes => Encoding.UTF8.GetString(bytes)
        );
        return await channel
            .CreateCallInvoker()
            .AsyncUnaryCall(
                new Method<string, string>(MethodType.Unary, service, name, text, text),
                null,
                new CallOptions(deadline: DateTime.UtcNow.AddSeconds(20)),
                request
            );
    }

    private static Marshaller<T> Marshaller<T>()
        where T : class, IMessage<T>, new()
    {
        var parser = new MessageParser<T>(static () => new T());
        return Marshallers.Create(static (T message) => message.ToByteArray(), parser.ParseFrom);
    }
}
