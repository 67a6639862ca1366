using System.Globalization;
using System.Security.Cryptography;
using Kilometers.Http.Tests.Running;

namespace Kilometers.Http.Tests.Proxy;

/// <summary>What a client and a server see of each other, byte for byte, through the real proxy.</summary>
public sealed class TransparencyTests
{
    private const string EventHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

    [Fact]
    public async Task An_idle_event_stream_has_its_headers_at_once()
    {
        await using var server = new RawServer(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.WriteAsync(EventHead);
            await connection.WaitUntilClosedAsync();
        });
        await using var proxy = await HttpProgram.ProxyAsync(server.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.WriteAsync($"GET /mcp HTTP/1.1\r\nHost: {proxy.Address.Authority}\r\nAccept: text/event-stream\r\n\r\n");
        var head = await client.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 200 OK", head, StringComparison.Ordinal);
        Assert.Contains("text/event-stream", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_event_passes_before_the_next_one_is_written()
    {
        var seen = new SemaphoreSlim(0);
        await using var server = new RawServer(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.WriteAsync(EventHead);
            for (var i = 0; i < 3; i++)
            {
                await connection.WriteAsync($"data: {i}\n\n");
                await seen.WaitAsync(TimeSpan.FromMinutes(2));
            }
        });
        await using var proxy = await HttpProgram.ProxyAsync(server.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.WriteAsync($"GET /mcp HTTP/1.1\r\nHost: {proxy.Address.Authority}\r\n\r\n");
        await client.ReadHeadAsync();
        for (var i = 0; i < 3; i++)
        {
            Assert.EndsWith($"data: {i}\n\n", await client.ReadUntilAsync("\n\n"), StringComparison.Ordinal);
            seen.Release();
        }
    }

    [Fact]
    public async Task A_client_that_leaves_closes_the_stream_at_the_server()
    {
        var closed = new TaskCompletionSource();
        await using var server = new RawServer(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.WriteAsync(EventHead);
            await connection.WaitUntilClosedAsync();
            closed.SetResult();
        });
        await using var proxy = await HttpProgram.ProxyAsync(server.Address);
        using (var client = await RawConnection.OpenAsync(proxy.Address))
        {
            await client.WriteAsync($"GET /mcp HTTP/1.1\r\nHost: {proxy.Address.Authority}\r\n\r\n");
            await client.ReadHeadAsync();
        }

        await closed.Task.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_request_before_its_answer_is_cancelled_with_its_client()
    {
        var (asked, closed) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = new RawServer(async connection =>
        {
            await connection.ReadUntilAsync("{}");
            asked.SetResult();
            await connection.WaitUntilClosedAsync();
            closed.SetResult();
        });
        await using var proxy = await HttpProgram.ProxyAsync(server.Address);
        using (var client = await RawConnection.OpenAsync(proxy.Address))
        {
            await client.WriteAsync($"POST /mcp HTTP/1.1\r\nHost: {proxy.Address.Authority}\r\nContent-Length: 2\r\n\r\n{{}}");
            await asked.Task.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        }

        await closed.Task.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_stream_that_the_server_breaks_off_breaks_off_at_the_client()
    {
        await using var server = new RawServer(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 1000\r\n\r\ndata: 1\n\n");
        });
        await using var proxy = await HttpProgram.ProxyAsync(server.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.WriteAsync($"GET /mcp HTTP/1.1\r\nHost: {proxy.Address.Authority}\r\n\r\n");
        await client.ReadUntilAsync("data: 1\n\n");
        await client.WaitUntilClosedAsync();
    }

    [Theory]
    [InlineData("Content-Length: 30000000\r\n", "")]
    [InlineData("Transfer-Encoding: chunked\r\n", "1c9c380\r\n")]
    public async Task A_slow_client_gets_all_that_came_before_the_server_broke_off(string length, string begin)
    {
        var sent = RandomNumberGenerator.GetBytes(20_000_000);
        await using var server = new RawServer(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n{length}\r\n{begin}");
            await connection.Stream.WriteAsync(sent);
        });
        await using var proxy = await HttpProgram.ProxyAsync(server.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.WriteAsync($"GET /mcp HTTP/1.1\r\nHost: {proxy.Address.Authority}\r\n\r\n");
        await client.ReadHeadAsync();
        var chunks = begin.Length == 0 ? null : new ChunkReader(client);
        for (var read = 0; read < sent.Length; )
        {
            var count = Math.Min(50_000, sent.Length - read);
            var piece = chunks is null ? await client.ReadAsync(count) : await chunks.ReadAsync(count);
            Assert.True(sent.AsSpan(read, count).SequenceEqual(piece), $"bytes from {read}");
            read += count;
            if (read > sent.Length - 1_000_000)
                await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        Assert.Equal(0, await client.Stream.ReadAsync(new byte[1], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Headers_address_and_body_reach_the_server_as_the_client_wrote_them()
    {
        const string Body = """{"jsonrpc":"2.0","id":1,"method":"x"}""";
        var asked = new TaskCompletionSource<string>();
        await using var server = new RawServer(async connection =>
        {
            asked.SetResult(await connection.ReadUntilAsync(Body));
            await connection.WriteAsync("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
        });
        await using var proxy = await HttpProgram.ProxyAsync(server.Address, "--header", "X-Key: secret");
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.WriteAsync(
            $"POST /mcp/%7Ea%2Fb?q=%20+x HTTP/1.1\r\nHost: {proxy.Address.Authority}\r\nContent-Type: application/json\r\n"
                + "Accept-Encoding: zstd, identity;q=0.1\r\nMcp-Param-Anything: =?base64?w6k=?=\r\nX-Latin: \u00e9\r\nX-Key: mine\r\n"
                + $"Authorization: Bearer t\r\nContent-Length: {Body.Length}\r\n\r\n{Body}"
        );
        var answer = await client.ReadHeadAsync();
        var request = await asked.Task;
        Assert.StartsWith("POST /mcp/%7Ea%2Fb?q=%20+x HTTP/1.1\r\n", request, StringComparison.Ordinal);
        foreach (
            var line in new[]
            {
                $"Host: {server.Address.Authority}",
                "Accept-Encoding: zstd, identity;q=0.1",
                "Mcp-Param-Anything: =?base64?w6k=?=",
                "X-Latin: \u00e9",
                "X-Key: secret",
                "Authorization: Bearer t",
                "Content-Type: application/json",
                $"Content-Length: {Body.Length}",
            }
        )
            Assert.Contains($"\r\n{line}\r\n", request, StringComparison.Ordinal);
        foreach (var name in new[] { "X-Forwarded", "traceparent", "Via", "Cookie", "X-Key: mine" })
            Assert.DoesNotContain(name, request, StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith("HTTP/1.1 202 Accepted\r\n", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Server:", answer, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_error_passes_with_its_body_headers_and_compression()
    {
        var body = RandomNumberGenerator.GetBytes(500);
        await using var server = new RawServer(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.WriteAsync(
                "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nWWW-Authenticate: Bearer realm=\"x\"\r\n"
                    + "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nLocation: /elsewhere\r\nContent-Length: 500\r\n\r\n"
            );
            await connection.Stream.WriteAsync(body);
        });
        await using var proxy = await HttpProgram.ProxyAsync(server.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.WriteAsync($"POST /mcp HTTP/1.1\r\nHost: {proxy.Address.Authority}\r\nContent-Length: 0\r\n\r\n");
        var head = await client.ReadHeadAsync();
        foreach (var line in new[] { "Content-Encoding: gzip", "Set-Cookie: a=1", "Set-Cookie: b=2", "Location: /elsewhere" })
            Assert.Contains($"\r\n{line}\r\n", head, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400 Bad Request\r\n", head, StringComparison.Ordinal);
        Assert.Equal(body, await client.ReadAsync(500));
    }

    [Fact]
    public async Task A_large_body_in_chunks_passes_each_way_while_it_is_written()
    {
        const int Chunks = 256;
        var chunk = RandomNumberGenerator.GetBytes(64 * 1024);
        var passed = new SemaphoreSlim(0);
        await using var server = new RawServer(async connection =>
        {
            await connection.ReadHeadAsync();
            var question = new ChunkReader(connection);
            for (var i = 0; i < Chunks; i++)
            {
                Assert.Equal(chunk, await question.ReadAsync(chunk.Length));
                passed.Release();
            }

            Assert.Equal("0\r\n\r\n", await connection.ReadUntilAsync("\r\n\r\n"));
            await connection.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (var i = 0; i < Chunks; i++)
            {
                await WriteChunkAsync(connection, chunk);
                await passed.WaitAsync(TimeSpan.FromMinutes(2));
            }

            await connection.WriteAsync("0\r\n\r\n");
        });
        await using var proxy = await HttpProgram.ProxyAsync(server.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.WriteAsync($"POST /mcp HTTP/1.1\r\nHost: {proxy.Address.Authority}\r\nTransfer-Encoding: chunked\r\n\r\n");

        // Each piece has arrived before the next one but one is written: nobody on the way waits for the end, though .NET keeps up to a
        // few kilobytes of a request until more of it comes.
        for (var i = 0; i < Chunks; i++)
        {
            await WriteChunkAsync(client, chunk);
            if (i > 0)
                Assert.True(await passed.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken));
        }

        await client.WriteAsync("0\r\n\r\n");
        Assert.True(await passed.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken));
        await client.ReadHeadAsync();
        var answer = new ChunkReader(client);
        for (var i = 0; i < Chunks; i++)
        {
            Assert.Equal(chunk, await answer.ReadAsync(chunk.Length));
            passed.Release();
        }

        Assert.Equal("0\r\n\r\n", await client.ReadUntilAsync("\r\n\r\n"));
    }

    [Fact]
    public async Task A_client_that_waits_for_100_continue_gets_it_and_sends_its_body()
    {
        await using var server = new RawServer(async connection =>
        {
            var head = await connection.ReadHeadAsync();
            if (head.Contains("Expect: 100-continue", StringComparison.OrdinalIgnoreCase))
                await connection.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n");
            var body = await connection.ReadAsync(4);
            await connection.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
            await connection.Stream.WriteAsync(body);
        });
        await using var proxy = await HttpProgram.ProxyAsync(server.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.WriteAsync(
            $"POST /mcp HTTP/1.1\r\nHost: {proxy.Address.Authority}\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
        );
        Assert.StartsWith("HTTP/1.1 100", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await client.WriteAsync("body");
        Assert.StartsWith("HTTP/1.1 200", await client.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Equal("body"u8.ToArray(), await client.ReadAsync(4));
    }

    [Theory]
    [InlineData("Host: evil.example")]
    [InlineData("Host: {0}\r\nOrigin: http://evil.example")]
    public async Task A_request_that_another_web_site_caused_never_reaches_the_server(string headers)
    {
        await using var server = new RawServer(connection => connection.WaitUntilClosedAsync());
        await using var proxy = await HttpProgram.ProxyAsync(server.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        var lines = string.Format(CultureInfo.InvariantCulture, headers, proxy.Address.Authority);
        await client.WriteAsync($"POST /mcp HTTP/1.1\r\n{lines}\r\nContent-Length: 0\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 403", await client.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Contains("NET_ORG_001", await client.ReadUntilAsync("}}"), StringComparison.Ordinal);
        Assert.Equal(0, server.Connections);
    }

    [Fact]
    public async Task A_server_that_is_not_there_gives_502_and_says_so_once()
    {
        var server = new RawServer(_ => Task.CompletedTask);
        var address = server.Address;
        await server.DisposeAsync();
        await using var proxy = await HttpProgram.ProxyAsync(address);
        for (var i = 0; i < 2; i++)
        {
            using var client = await RawConnection.OpenAsync(proxy.Address);
            await client.WriteAsync($"POST /mcp HTTP/1.1\r\nHost: {proxy.Address.Authority}\r\nContent-Length: 0\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 502", await client.ReadHeadAsync(), StringComparison.Ordinal);
            Assert.Contains("NET_UPS_001", await client.ReadUntilAsync("}}"), StringComparison.Ordinal);
        }

        proxy.Terminate();
        Assert.Equal(0, await proxy.ExitAsync());
        Assert.Single(proxy.Errors.Split('\n'), line => line.Contains("NET_UPS_001", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named_with_what_to_do()
    {
        await using var server = new RawServer(_ => Task.CompletedTask);
        await using var proxy = HttpProgram.Start("proxy", "http://127.0.0.1:1/mcp", "--listen", server.Address.Authority, "--");
        Assert.Equal(1, await proxy.ExitAsync());
        Assert.Contains("NET_LSN_001", proxy.Errors, StringComparison.Ordinal);
        Assert.Contains("--listen", proxy.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_that_is_open_does_not_delay_the_end_of_the_proxy()
    {
        await using var server = new RawServer(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.WriteAsync(EventHead);
            await connection.WaitUntilClosedAsync();
        });
        await using var proxy = await HttpProgram.ProxyAsync(server.Address);
        using var client = await RawConnection.OpenAsync(proxy.Address);
        await client.WriteAsync($"GET /mcp HTTP/1.1\r\nHost: {proxy.Address.Authority}\r\n\r\n");
        await client.ReadHeadAsync();
        proxy.Terminate();
        Assert.Equal(0, await proxy.ExitAsync());
        await client.WaitUntilClosedAsync();
    }

    private static async Task WriteChunkAsync(RawConnection connection, byte[] chunk)
    {
        await connection.WriteAsync($"{chunk.Length:x}\r\n");
        await connection.Stream.WriteAsync(chunk, TestContext.Current.CancellationToken);
        await connection.WriteAsync("\r\n");
    }
}
