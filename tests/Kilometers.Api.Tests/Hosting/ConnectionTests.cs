using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Kilometers.Api.Tests.Running;

namespace Kilometers.Api.Tests.Hosting;

/// <summary>A client that opens connections and says nothing shuts out only itself.</summary>
public sealed class ConnectionTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Limits:AddressConnections", "127.0.0.1")]
    [InlineData("Limits:Connections", "127.0.0.1")]
    [InlineData("Limits:Connections", "127.0.0.2")]
    public async Task Silent_connections_make_room_for_those_who_ask(string limit, string from)
    {
        await using var api = await ApiProcess.StartAsync(settings: new Dictionary<string, string> { [limit] = "20" });
        using var client = api.Client();

        // A connection that is kept for a later request is silent, too: where the server accepts late, it may be the one that has to go.
        client.DefaultRequestHeaders.ConnectionClose = true;
        var silent = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 100; i++)
            {
                silent.Add(await ConnectAsync(api, from));
                if (i % 10 != 0)
                    continue;
                Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/live", Stop)).StatusCode);
                Assert.StartsWith("HTTP/1.1 200", await AskAsync(api), StringComparison.Ordinal);
            }

            // The first of them had to go.
            Assert.Equal("", await ReadToEndAsync(silent[0]));
        }
        finally
        {
            silent.ForEach(connection => connection.Dispose());
        }
    }

    [Fact]
    public async Task A_request_under_way_is_never_what_makes_room()
    {
        await using var api = await ApiProcess.StartAsync(settings: new Dictionary<string, string> { ["Limits:AddressConnections"] = "4" });
        using var admin = api.Operator();
        var (_, key) = await admin.CustomerAsync("Pro");
        const string Body = """{"platform":"linux-x64","plugins":["all"]}""";
        var busy = new List<TcpClient>();
        for (var i = 0; i < 3; i++)
        {
            var connection = await ConnectAsync(api, "127.0.0.1");
            await connection
                .GetStream()
                .WriteAsync(
                    Encoding.ASCII.GetBytes(
                        $"POST /api/plugins/provision HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-API-Key: {key}\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n"
                    ),
                    Stop
                );

            // The server asks for the body: it has begun with the request.
            var answer = new byte[25];
            await connection.GetStream().ReadExactlyAsync(answer, Stop);
            busy.Add(connection);
        }

        for (var i = 0; i < 40; i++)
            (await ConnectAsync(api, "127.0.0.1")).Dispose();
        foreach (var connection in busy)
        {
            await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Body), Stop);
            Assert.StartsWith("HTTP/1.1 200", await ReadToEndAsync(connection), StringComparison.Ordinal);
            connection.Dispose();
        }
    }

    [Fact]
    public async Task A_connection_without_a_first_request_ends_soon()
    {
        await using var api = await ApiProcess.StartAsync(
            settings: new Dictionary<string, string> { ["Limits:HeaderSeconds"] = "1", ["Limits:KeepAliveSeconds"] = "3600" }
        );
        using var connection = await ConnectAsync(api, "127.0.0.1");
        Assert.Equal("", await ReadToEndAsync(connection));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("http/1.1")]
    [InlineData("h2")]
    public async Task So_does_one_with_TLS(string? protocol)
    {
        var folder = Directory.CreateTempSubdirectory("km-api-test-");
        await using (
            var api = await ApiProcess.StartAsync(
                settings: new Dictionary<string, string> { ["Limits:HeaderSeconds"] = "1", ["Limits:KeepAliveSeconds"] = "3600" },
                more: ["--config", await ConfigureTlsAsync(folder.FullName)]
            )
        )
        {
            using var connection = await ConnectAsync(api, "127.0.0.1");
            if (protocol is null)
            {
                Assert.Equal("", await ReadToEndAsync(connection));
            }
            else
            {
                await using var tls = new SslStream(connection.GetStream());
                var options = new SslClientAuthenticationOptions
                {
                    TargetHost = "localhost",
                    ApplicationProtocols = [new SslApplicationProtocol(protocol)],
                    RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.Subject == "CN=localhost",
                };
                await tls.AuthenticateAsClientAsync(options, Stop);
                await ReadToEndAsync(tls);
            }
        }

        folder.Delete(recursive: true);
    }

    /// <returns>A configuration file for HTTPS on a free port.</returns>
    private static async Task<string> ConfigureTlsAsync(string folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(
            TimeProvider.System.GetUtcNow().AddDays(-1),
            TimeProvider.System.GetUtcNow().AddDays(1)
        );
        var (config, pem) = (Path.Combine(folder, "config.json"), Path.Combine(folder, "cert.pem"));
        await File.WriteAllTextAsync(pem, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n", Stop);
        await File.WriteAllTextAsync(
            config,
            """{"Kestrel":{"Endpoints":{"Https":{"Url":"https://127.0.0.1:0","Certificate":{"Path":"FILE","KeyPath":"FILE"}}}}}""".Replace(
                "FILE",
                pem,
                StringComparison.Ordinal
            ),
            Stop
        );
        return config;
    }

    private static async Task<TcpClient> ConnectAsync(ApiProcess api, string from)
    {
        var connection = new TcpClient(new IPEndPoint(IPAddress.Parse(from), 0));
        await connection.ConnectAsync(api.Address.Host, api.Address.Port, Stop);
        return connection;
    }

    private static async Task<string> AskAsync(ApiProcess api)
    {
        using var connection = await ConnectAsync(api, "127.0.0.1");
        await connection.GetStream().WriteAsync("GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8.ToArray(), Stop);
        return await ReadToEndAsync(connection);
    }

    private static Task<string> ReadToEndAsync(TcpClient connection) => ReadToEndAsync(connection.GetStream());

    /// <returns>What came before the end, or before the connection was broken.</returns>
    private static async Task<string> ReadToEndAsync(Stream stream)
    {
        var text = new StringBuilder();
        var buffer = new byte[1024];
        try
        {
            for (int read; (read = await stream.ReadAsync(buffer, Stop).AsTask().WaitAsync(TimeSpan.FromMinutes(5), Stop)) > 0; )
                text.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }
        catch (IOException)
        {
            // Broken instead of ended.
        }

        return text.ToString();
    }
}
