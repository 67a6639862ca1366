using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Kilometers.EndToEnd.Tests.Network;

/// <summary>A small server on this machine: HTTP, with TLS or without, or a proxy. Everything that it does is to the bytes of one test.</summary>
internal sealed class WebServer : IAsyncDisposable
{
    private static readonly X509Certificate2 Certificate = CreateCertificate();
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _ending = new();
    private readonly Func<TcpClient, CancellationToken, Task> _serve;
    private readonly Task _accepting;
    private int _open;
    private int _accepted;

    private WebServer(Func<TcpClient, CancellationToken, Task> serve, int port = 0)
    {
        _serve = serve;
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connections that there were.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Connections that there are.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Answers every request with a body of this many bytes, beginning with "hello".</summary>
    public static WebServer Http(int size = 5) => new((client, token) => AnswerAsync(client.GetStream(), size, token));

    /// <summary>The same over TLS, as localhost and api.test.</summary>
    public static WebServer Https(int size = 5) =>
        new(
            async (client, token) =>
            {
                await using var tls = new SslStream(client.GetStream());
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = Certificate }, token);
                await AnswerAsync(tls, size, token);
            }
        );

    /// <summary>Accepts, and never says a word.</summary>
    public static WebServer BlackHole(int port = 0) =>
        new(
            async (client, token) =>
            {
                while (await client.GetStream().ReadAsync(new byte[1024], token) > 0)
                {
                    // Whatever it is.
                }
            },
            port
        );

    /// <summary>A proxy that leads every CONNECT to one port of this machine.</summary>
    /// <param name="port">That port; 0: it refuses, with status 403.</param>
    /// <param name="heads">Gets what was asked for.</param>
    public static WebServer Proxy(int port, List<string> heads) =>
        new(
            async (client, token) =>
            {
                var stream = client.GetStream();
                var head = await ReadHeadAsync(stream, token);
                lock (heads)
                    heads.Add(head);
                if (port == 0)
                {
                    await stream.WriteAsync("HTTP/1.1 403 Forbidden\r\n\r\n"u8.ToArray(), token);
                    return;
                }

                using var target = new TcpClient();
                await target.ConnectAsync(IPAddress.Loopback, port, token);
                await stream.WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray(), token);
                await Task.WhenAny(stream.CopyToAsync(target.GetStream(), token), target.GetStream().CopyToAsync(stream, token));
            }
        );

    /// <summary>Where the certificate stands alone, as the only authority to trust.</summary>
    public static string WriteAuthority(string folder)
    {
        var path = Path.Combine(folder, "authority.pem");
        File.WriteAllText(path, Certificate.ExportCertificatePem());
        return path;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_ending.Token);
                Interlocked.Increment(ref _accepted);
                Interlocked.Increment(ref _open);
                _ = Task.Run(() => ServeAsync(client));
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client)
                await _serve(client, _ending.Token);
        }
        catch (Exception e)
            when (e
                    is IOException
                        or SocketException
                        or OperationCanceledException
                        or System.Security.Authentication.AuthenticationException
            )
        {
            // The other end went, or the test did.
        }

        Interlocked.Decrement(ref _open);
    }

    private static async Task AnswerAsync(Stream stream, int size, CancellationToken cancellationToken)
    {
        var body = new byte[size];
        Array.Fill(body, (byte)'.');
        "hello"u8.CopyTo(body);
        while ((await ReadHeadAsync(stream, cancellationToken)).Length > 0)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n"), cancellationToken);
            await stream.WriteAsync(body, cancellationToken);
            await stream.FlushAsync(cancellationToken);
        }
    }

    private static async Task<string> ReadHeadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, cancellationToken) == 0)
                return "";
            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=A test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddDnsName("api.test");
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }
}
