using System.Text;
using Kilometers.Http.Tests.Running;
using Microsoft.AspNetCore.Http;

namespace Kilometers.Http.Tests.Observing;

/// <summary>What the host of a session sees of it. The host is beside km-http only where both are published.</summary>
public sealed class ObservationTests
{
    private const string Request = """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""";
    private const string Response = """{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}""";

    public static TheoryData<string> Encodings => ["", "gzip", "br", "deflate", "zstd"];

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task A_session_is_seen_in_every_form_and_ends_when_it_is_deleted(string encoding)
    {
        Assert.SkipUnless(HttpProgram.IsPublished, "km-host is beside km-http only where both are published");
        await using var server = await ScriptedServer.StartAsync((context, body) => AnswerAsync(context, body, encoding));
        await using var proxy = await HttpProgram.ObservedProxyAsync(server.Address, "t");
        using var client = new HttpClient();

        // A JSON answer over several lines, and an event stream with a message that is not an answer.
        var plain = await PostAsync(
            client,
            proxy.Address,
            Request.Replace("{\"jsonrpc\"", "{\n  \"jsonrpc\"", StringComparison.Ordinal),
            null
        );
        var events = await PostAsync(client, proxy.Address, Request.Replace("\"id\":1", "\"id\":2", StringComparison.Ordinal), "s-1");
        Assert.Equal(EncodedContent.Of(Response, encoding), plain);
        Assert.Equal(EncodedContent.Of(Events, encoding), events);
        using (var goodbye = new HttpRequestMessage(HttpMethod.Delete, proxy.Address))
        {
            goodbye.Headers.Add("Mcp-Session-Id", "s-1");
            using var response = await client.SendAsync(goodbye, TestContext.Current.CancellationToken);
        }

        var summary = await proxy.WaitForErrorAsync("[km] t: ");
        Assert.Contains("5 messages (2 in, 3 out), 0 errors", summary, StringComparison.Ordinal);
        Assert.Contains("nothing dropped", summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_above_the_limit_passes_whole_and_counts_once()
    {
        Assert.SkipUnless(HttpProgram.IsPublished, "km-host is beside km-http only where both are published");
        var large = $$$"""{"jsonrpc":"2.0","id":1,"result":{"text":"{{{new string('x', 3_000_000)}}}"}}""";
        await using var server = await ScriptedServer.StartAsync((context, _) => ScriptedServer.JsonAsync(context, large));
        await using var proxy = await HttpProgram.ObservedProxyAsync(server.Address, "t", "--max-message", "100000");
        using var client = new HttpClient();
        Assert.Equal(Encoding.UTF8.GetBytes(large), await PostAsync(client, proxy.Address, Request, null));
        proxy.Terminate();
        Assert.Equal(0, await proxy.ExitAsync());
        Assert.Contains("2 messages (1 in, 1 out)", proxy.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/html", "<p>no</p>", 500)]
    [InlineData("application/json", "{\"access_token\":\"x\"}", 401)]
    [InlineData("application/json", "not json", 200)]
    [InlineData("text/event-stream", "data: \uFFFD\n\nnonsense\n\n", 200)]
    [InlineData("application/json", "", 202)]
    public async Task An_answer_that_is_not_a_message_passes_and_breaks_nothing(string type, string body, int status)
    {
        Assert.SkipUnless(HttpProgram.IsPublished, "km-host is beside km-http only where both are published");
        var isFirst = true;
        await using var server = await ScriptedServer.StartAsync(
            async (context, _) =>
            {
                context.Response.StatusCode = isFirst ? status : 200;
                context.Response.ContentType = isFirst ? type : "application/json";
                var answer = isFirst ? body : Response;
                isFirst = false;
                await context.Response.WriteAsync(answer, CancellationToken.None);
            }
        );
        await using var proxy = await HttpProgram.ObservedProxyAsync(server.Address, "t");
        using var client = new HttpClient();
        Assert.Equal(Encoding.UTF8.GetBytes(body), await PostAsync(client, proxy.Address, "[]", "s-1"));
        Assert.Equal(Encoding.UTF8.GetBytes(Response), await PostAsync(client, proxy.Address, Request, "s-1"));
        proxy.Terminate();
        Assert.Equal(0, await proxy.ExitAsync());
        Assert.Contains("[km] t: ", proxy.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("KM_INT_001", proxy.Errors, StringComparison.Ordinal);
    }

    private static string Events =>
        $"data: {{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}}\n\ndata: {Response.Replace("\"id\":1", "\"id\":2", StringComparison.Ordinal)}\n\n";

    private static async Task AnswerAsync(HttpContext context, string body, string encoding)
    {
        if (encoding.Length > 0)
            context.Response.Headers.ContentEncoding = encoding;
        context.Response.Headers["Mcp-Session-Id"] = "s-1";
        if (context.Request.Method != "POST")
            return;
        var isSecond = body.Contains("\"id\":2", StringComparison.Ordinal);
        context.Response.ContentType = isSecond ? "text/event-stream" : "application/json";
        await context.Response.Body.WriteAsync(EncodedContent.Of(isSecond ? Events : Response, encoding), CancellationToken.None);
    }

    private static async Task<byte[]> PostAsync(HttpClient client, Uri address, string body, string? session)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        if (session is not null)
            request.Headers.Add("Mcp-Session-Id", session);
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
    }
}
