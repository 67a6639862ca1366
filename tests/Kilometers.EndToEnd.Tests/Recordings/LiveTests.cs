using System.Net;
using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Recordings;

/// <summary>Running sessions as <c>km top</c> and <c>km ui</c> show them.</summary>
public sealed class LiveTests : IDisposable
{
    private readonly KmHomeFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Top_shows_what_waits_and_what_the_server_uses()
    {
        await _home.InstallRecorderAsync();
        await using var answering = KmProcess.Monitor(["--name", "answering"], Conversation.Server, _home.Environment);
        await using var silent = KmProcess.Monitor(["--name", "silent"], [Programs.TestMcpServer, "silent"], _home.Environment);
        await answering.EchoAsync(1);
        await silent.SendAsync(Conversation.Call(7, "nobody answers"));
        JsonElement report = default;
        await Wait.ForAsync(
            async () =>
            {
                var (status, output, errors) = await _home.RunAsync("top", "--json");
                Assert.True(status == 0, errors);
                report = JsonElement.Parse(output);
                var sessions = report.GetProperty("sessions").EnumerateArray().ToList();
                return report.GetProperty("pending").GetArrayLength() == 1
                    && sessions.Count == 2
                    && sessions.All(session => session.TryGetProperty("calls", out var calls) && calls.GetInt64() == 1);
            },
            "both sessions, with what they called"
        );
        var pending = report.GetProperty("pending")[0];
        Assert.Equal(("silent", "echo"), (pending.GetProperty("server").GetString(), pending.GetProperty("title").GetString()));
        Assert.Equal(
            ["answering", "silent"],
            report.GetProperty("sessions").EnumerateArray().Select(session => session.GetProperty("server").GetString()!).Order()
        );
        Assert.All(report.GetProperty("sessions").EnumerateArray(), session =>
        {
            Assert.InRange(session.GetProperty("memoryBytes").GetInt64(), 1, long.MaxValue);
            Assert.InRange(session.GetProperty("processes").GetInt32(), 1, 2);
        });
        Assert.Contains("echo", report.GetProperty("tools")[0].GetProperty("tool").GetString(), StringComparison.Ordinal);
        await answering.FinishAsync();
        await silent.FinishAsync();
    }

    [Fact]
    public async Task Top_without_a_terminal_prints_blocks_of_lines_until_it_is_interrupted()
    {
        await using var top = KmProcess.Start(Programs.Km, ["top"], _home.Environment);
        var lines = new List<string>();
        while (lines.Count(line => line.StartsWith("km top  ", StringComparison.Ordinal)) < 2)
            lines.Add(await top.ReadLineAsync() ?? throw new EndOfStreamException(top.Errors));
        Assert.DoesNotContain('\u001b', string.Concat(lines));
        Assert.Contains(lines, line => line.StartsWith("No session is running.", StringComparison.Ordinal));
        top.Signal(PosixSignalNumber.Interrupt);
        Assert.Equal(0, await top.ExitAsync());
    }

    [Fact]
    public async Task Pages_show_a_running_session_and_end_with_km()
    {
        Assert.SkipUnless(Programs.ArePublished, "km-ui is beside km only where both are published");
        await _home.InstallRecorderAsync();
        await using var session = KmProcess.Monitor(["--name", "shown"], Conversation.Server, _home.Environment);
        await session.EchoAsync(1);
        await Wait.ForAsync(
            async () => (await _home.RunAsync("logs", "shown")).Output.Contains("echo", StringComparison.Ordinal),
            "a recorded call"
        );

        foreach (var signal in (PosixSignalNumber[])[PosixSignalNumber.Interrupt, PosixSignalNumber.Kill])
        {
            await using var ui = KmProcess.Start(Programs.Km, ["ui", "last", "--json"], _home.Environment);
            var url = "";
            while (!url.Contains("\"url\"", StringComparison.Ordinal))
                url += await ui.ReadLineAsync() ?? throw new EndOfStreamException(ui.Errors);
            var address = new Uri(url.Split('"').Single(part => part.StartsWith("http://127.0.0.1:", StringComparison.Ordinal)));
            using var client = new HttpClient();
            Assert.Contains(
                "url=/sessions/",
                await client.GetStringAsync(address, TestContext.Current.CancellationToken),
                StringComparison.Ordinal
            );
            var page = new Uri(address.GetLeftPart(UriPartial.Path));
            await Wait.ForAsync(
                async () =>
                    (await client.GetStringAsync(page, TestContext.Current.CancellationToken)).Contains(
                        "running",
                        StringComparison.Ordinal
                    ),
                "the session to be shown as running"
            );
            Assert.Contains("echo", await client.GetStringAsync(page, TestContext.Current.CancellationToken), StringComparison.Ordinal);
            using var stranger = new HttpClient();
            using var refused = await stranger.GetAsync(page, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);

            ui.Signal(signal);
            var status = await ui.ExitAsync();
            Assert.True(signal == PosixSignalNumber.Kill || status == 0, ui.Errors);
            await Wait.ForAsync(() => IsGoneAsync(page), "km-ui to end");
        }

        await session.FinishAsync();
    }

    [Fact]
    public async Task Pages_on_a_port_that_is_taken_say_so()
    {
        Assert.SkipUnless(Programs.ArePublished, "km-ui is beside km only where both are published");
        using var taken = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var (status, _, errors) = await _home.RunAsync("ui", "--no-browser", "--port", port);
        Assert.Equal(1, status);
        Assert.Contains("[REC_UI_001]", errors, StringComparison.Ordinal);
        Assert.Contains("address already in use", errors, StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<bool> IsGoneAsync(Uri page)
    {
        try
        {
            using var client = new HttpClient();
            using var answer = await client.GetAsync(page, TestContext.Current.CancellationToken);
            return false;
        }
        catch (HttpRequestException)
        {
            return true;
        }
    }
}
