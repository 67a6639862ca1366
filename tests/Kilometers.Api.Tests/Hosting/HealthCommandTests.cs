using System.Net;
using System.Net.Sockets;
using System.Text;
using Kilometers.Api.Hosting;

namespace Kilometers.Api.Tests.Hosting;

/// <summary>What a health check in a container asks.</summary>
public sealed class HealthCommandTests
{
    [Theory]
    [InlineData("http://0.0.0.0:5080", "http://127.0.0.1:5080")]
    [InlineData("http://[::]:5080", "http://127.0.0.1:5080")]
    [InlineData("http://*:80", "http://127.0.0.1:80")]
    [InlineData("http://+:80/", "http://127.0.0.1:80/")]
    [InlineData("https://km.example.com", "https://km.example.com")]
    public void Own_AnAddressToListenAt_IsOneToAsk(string address, string own) => Assert.Equal(own, HealthCommand.Own(address));

    [Theory]
    [InlineData("200 OK", "ready", 0)]
    [InlineData("503 Service Unavailable", "database", 1)]
    public async Task Health_IsTheServersAnswer(string status, string words, int exit)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
            var buffer = new byte[4096];
            var count = await client.GetStream().ReadAsync(buffer, TestContext.Current.CancellationToken);
            await client
                .GetStream()
                .WriteAsync(
                    Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {words.Length}\r\n\r\n{words}"),
                    TestContext.Current.CancellationToken
                );
            return Encoding.ASCII.GetString(buffer, 0, count);
        });
        var url = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

        Assert.Equal(exit, await CommandLine.InvokeAsync(["health", "--url", url], TimeProvider.System));
        Assert.StartsWith("GET /health/ready ", await answering, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:1")]
    [InlineData("nowhere")]
    public async Task Health_NobodyAnswers_Fails(string url) =>
        Assert.NotEqual(0, await CommandLine.InvokeAsync(["health", "--url", url], TimeProvider.System));
}
