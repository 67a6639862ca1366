using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kilometers.Http.Tests.Running;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Kilometers.Http.Tests.Proxy;

/// <summary>Fields behind a body.</summary>
public sealed class TrailerTests
{
    private const string Chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n";

    [Theory]
    [InlineData("application/json", "Trailer: X-Check\r\n")]
    [InlineData("application/json", "")]
    [InlineData("text/event-stream", "")]
    [InlineData("application/octet-stream", "")]
    public async Task Trailers_of_an_answer_follow_it_to_the_client(string type, string announced)
    {
        await using var server = new RawServer(async connection =>
        {
            for (var i = 0; i < 2; i++)
            {
                await connection.ReadHeadAsync();
                await connection.WriteAsync($"{Chunked}Content-Type: {type}\r\n{announced}\r\n");
                await connection.WriteAsync("4\r\nfour\r\n5\r\n and \r\n0\r\nX-Check: \u00e9=1\r\nX-Two: a\r\nX-Two: b\r\n\r\n");
            }
        });
        await using var proxy = await HttpProgram.ProxyAsync(server.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);

        // Twice: the connection goes on behind the trailers.
        for (var i = 0; i < 2; i++)
        {
            await client.WriteAsync($"GET /mcp HTTP/1.1\r\nHost: {proxy.Address.Authority}\r\n\r\n");
            Assert.Contains("\r\nTransfer-Encoding: chunked\r\n", await client.ReadHeadAsync(), StringComparison.Ordinal);
            Assert.Equal("four and "u8.ToArray(), await new ChunkReader(client).ReadAsync(9));
            Assert.Equal("0\r\nX-Check: \u00e9=1\r\nX-Two: a\r\nX-Two: b\r\n\r\n", await client.ReadUntilAsync("\r\n\r\n"));
        }
    }

    [Fact]
    public async Task Trailers_of_an_answer_without_content_follow_its_headers()
    {
        await using var server = new RawServer(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.WriteAsync($"{Chunked}\r\n0\r\nX-Check: 1\r\n\r\n");
        });
        await using var proxy = await HttpProgram.ProxyAsync(server.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.WriteAsync($"GET /mcp HTTP/1.1\r\nHost: {proxy.Address.Authority}\r\n\r\n");
        Assert.Contains("\r\nTransfer-Encoding: chunked\r\n", await client.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Equal("0\r\nX-Check: 1\r\n\r\n", await client.ReadUntilAsync("\r\n\r\n"));
    }

    [Theory]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\n\r\n")]
    [InlineData("GET", "HTTP/1.1 304 Not Modified\r\n\r\n")]
    public async Task An_answer_that_has_no_body_gets_none(string method, string answer)
    {
        await using var server = new RawServer(async connection =>
        {
            for (var i = 0; i < 2; i++)
            {
                await connection.ReadHeadAsync();
                await connection.WriteAsync(answer);
            }
        });
        await using var proxy = await HttpProgram.ProxyAsync(server.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        for (var i = 0; i < 2; i++)
        {
            await client.WriteAsync($"{method} /mcp HTTP/1.1\r\nHost: {proxy.Address.Authority}\r\n\r\n");
            Assert.StartsWith(answer.Split("\r\n")[0] + "\r\n", await client.ReadHeadAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_client_of_version_1_0_gets_the_body_alone()
    {
        await using var server = new RawServer(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.WriteAsync($"{Chunked}\r\n4\r\nfour\r\n0\r\nX-Check: 1\r\n\r\n");
        });
        await using var proxy = await HttpProgram.ProxyAsync(server.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.WriteAsync($"GET /mcp HTTP/1.0\r\nHost: {proxy.Address.Authority}\r\n\r\n");
        Assert.DoesNotContain("chunked", await client.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Equal("four"u8.ToArray(), await client.ReadAsync(4));
        await client.WaitUntilClosedAsync();
    }

    [Fact]
    public async Task The_server_hears_that_the_client_takes_trailers()
    {
        var asked = new TaskCompletionSource<string>();
        await using var server = new RawServer(async connection =>
        {
            asked.SetResult(await connection.ReadHeadAsync());
            await connection.WriteAsync("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
        });
        await using var proxy = await HttpProgram.ProxyAsync(server.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.WriteAsync($"GET /mcp HTTP/1.1\r\nHost: {proxy.Address.Authority}\r\nTE: gzip, trailers\r\nConnection: TE\r\n\r\n");
        await client.ReadHeadAsync();
        var request = await asked.Task;
        Assert.Contains("\r\nTE: trailers\r\n", request, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: TE\r\n", request, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_over_HTTP_2_gets_and_gives_trailers_too()
    {
        using var folder = new Folder();
        using var certificate = folder.WriteAuthority();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder
            .WebHost.UseKestrelCore()
            .UseKestrelHttpsConfiguration()
            .ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint =>
                {
                    endpoint.Protocols = HttpProtocols.Http2;
                    endpoint.UseHttps(certificate);
                }));
        await using var server = builder.Build();
        server.Run(async context =>
        {
            context.Response.DeclareTrailer("X-Check");
            await context.Response.WriteAsync($"{context.Request.Protocol} {context.Request.Headers.TE}");
            context.Response.AppendTrailer("X-Check", "1");
        });
        await server.StartAsync(TestContext.Current.CancellationToken);
        var at = new Uri(((IApplicationBuilder)server).ServerFeatures.Get<IServerAddressesFeature>()!.Addresses.Single());
        await using var proxy = await HttpProgram.TrustingProxyAsync(new Uri(at, "/mcp"), folder.Authority);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.WriteAsync($"GET /mcp HTTP/1.1\r\nHost: {proxy.Address.Authority}\r\nTE: trailers\r\nConnection: TE\r\n\r\n");
        var head = await client.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        Assert.Contains("\r\nTrailer: X-Check\r\n", head, StringComparison.Ordinal);
        const string Body = "HTTP/2 trailers";
        Assert.Equal(System.Text.Encoding.ASCII.GetBytes(Body), await new ChunkReader(client).ReadAsync(Body.Length));

        // Names are in small letters over HTTP/2.
        Assert.Equal("0\r\nx-check: 1\r\n\r\n", await client.ReadUntilAsync("\r\n\r\n"));
    }

    /// <summary>A folder with a certificate in it that a program can be told to trust.</summary>
    private sealed class Folder : IDisposable
    {
        private readonly string _path = Directory.CreateTempSubdirectory("km-http-").FullName;

        public string Authority => Path.Combine(_path, "authority.pem");

        public X509Certificate2 WriteAuthority()
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
            var now = TimeProvider.System.GetUtcNow();
            var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
            File.WriteAllText(Authority, certificate.ExportCertificatePem());
            return certificate;
        }

        public void Dispose() => Directory.Delete(_path, recursive: true);
    }
}
