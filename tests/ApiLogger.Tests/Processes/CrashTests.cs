using System.Diagnostics;
using System.Text;
using Kilometers.Plugins.ApiLogger.Tests.Sending;

namespace Kilometers.Plugins.ApiLogger.Tests.Processes;

/// <summary>Real processes, killed at any moment, several at once, and on a disk that is full.</summary>
public sealed class CrashTests : IAsyncLifetime
{
    private readonly TemporaryFolder _spool = new();
    private EventsServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await EventsServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _spool.Dispose();
    }

    [Theory]
    [InlineData("session-1")]
    [InlineData("session-2")]
    public async Task Killed_in_the_middle_every_acknowledged_message_arrives_once(string sessionAfterwards)
    {
        var random = new Random(20260102);
        var acknowledged = 0UL;
        var next = 1UL;
        for (var round = 0; round < 4; round++)
        {
            // The server is in trouble, too: requests are under way, or their answers lost, when the plugin is killed.
            for (var number = 0; number < 3; number++)
                _server.Faults.Enqueue(number % 2 == 0 ? new(Breaks: true, Loses: true) : new(Status: 503));
            await using var plugin = await ApiLoggerProcess.StartAsync(
                _server.Address,
                _spool.Path,
                round == 0 ? "session-1" : sessionAfterwards
            );
            // What was not acknowledged comes again, as from km.
            next = Math.Max(1, acknowledged);
            for (var batch = 0; batch < 10; batch++, next += 50)
                await plugin.DeliverAsync(next, 50, $"{{\"n\":\"{new string('x', random.Next(2000))}\"}}");
            await plugin.AcknowledgesAsync(acknowledged + 1 + (ulong)random.Next(400));
            plugin.Kill();
            acknowledged = Math.Max(acknowledged, plugin.Acknowledged);
            Assert.Equal(0UL, plugin.Failed);
        }
        _server.Faults.Clear();
        await using (var last = await ApiLoggerProcess.StartAsync(_server.Address, _spool.Path, "session-9"))
        {
            await _server.StoresAsync((int)acknowledged);
            await Condition.HoldsAsync(() => Directory.GetDirectories(_spool.Path).Length == 1, "nothing is left of the dead");
            await last.EndAsync();
        }
        // A session that goes on under its own name gives what it repeats the ids of before.
        var stored = _server.Stored.Select(item => (item.SessionId, item.Sequence)).ToList();
        Assert.Equal(stored.Count, stored.Distinct().Count());
        Assert.Empty(Enumerable.Range(1, (int)acknowledged).Select(number => (long)number).Except(stored.Select(one => one.Sequence)));
        Assert.Empty(Directory.EnumerateDirectories(_spool.Path));
    }

    [Fact]
    public async Task Several_sessions_at_once_mix_nothing_up()
    {
        var plugins = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(number => ApiLoggerProcess.StartAsync(_server.Address, _spool.Path, $"session-{number}"))
        );
        await Task.WhenAll(
            plugins.Select(async plugin =>
            {
                for (var batch = 0UL; batch < 5; batch++)
                    await plugin.DeliverAsync(1 + (batch * 40), 40, "{}");
                await plugin.AcknowledgesAsync(200);
            })
        );
        await Task.WhenAll(plugins.Select(plugin => plugin.EndAsync()));
        await _server.StoresAsync(800);
        foreach (var session in _server.Stored.GroupBy(item => item.SessionId))
            Assert.Equal(Enumerable.Range(1, 200).Select(number => (long)number), session.Select(item => item.Sequence));
        foreach (var plugin in plugins)
            await plugin.DisposeAsync();
        Assert.Empty(Directory.EnumerateDirectories(_spool.Path));
    }

    [Fact]
    public async Task No_secret_touches_the_disk_the_network_or_the_log()
    {
        for (var number = 0; number < 3; number++)
            _server.Faults.Enqueue(new(Status: 500));
        string[] secrets = ["AKIA" + "QYLPMN5HHHFPZAM2", "ghp_" + new string('5', 36), "hunter2-and-more", "4111" + "111111111111"];
        var payload =
            $$$"""{"key":"{{{secrets[0]}}}","text":"use {{{secrets[1]}}} \"password\":\"{{{secrets[2]}}}\"","card":{{{secrets[3]}}},"plain":"stays"}""";
        await using var plugin = await ApiLoggerProcess.StartAsync(_server.Address, _spool.Path, "session-1");
        await plugin.DeliverAsync(1, 50, payload);
        await plugin.AcknowledgesAsync(50);
        Assert.True(_spool.Holds("session-1"));
        plugin.Kill();
        foreach (var secret in secrets)
        {
            foreach (var form in new[] { secret, Convert.ToBase64String(Encoding.UTF8.GetBytes(secret))[..^4] })
                Assert.False(_spool.Holds(form), form);
        }
        await using var next = await ApiLoggerProcess.StartAsync(_server.Address, _spool.Path, "session-2");
        await _server.StoresAsync(50);
        foreach (var item in _server.Stored)
        {
            var text = Encoding.UTF8.GetString(item.Payload!.Value.Span);
            Assert.Equal("""{"key":"AKIA***","text":"use ghp_*** \"password\":\"***\"","card":"***","plain":"stays"}""", text);
            Assert.True(item.Redacted);
        }
        Assert.All([.. secrets, "token-of-the-test"], secret =>
            Assert.DoesNotContain(secret, plugin.Errors + next.Errors, StringComparison.Ordinal)
        );
        Assert.False(_spool.Holds("token-of-the-test"));
    }

    [Fact]
    public async Task A_full_disk_refuses_and_recovers()
    {
        var mount = Directory.CreateDirectory(_spool.In("full")).FullName;
        var script = $"mount -t tmpfs -o size=256k none '{mount}'";
        using (var probe = Process.Start(new ProcessStartInfo("unshare", ["-rm", "sh", "-c", script]) { RedirectStandardError = true }))
        {
            await probe!.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.SkipUnless(probe.ExitCode == 0, "a full disk: this machine lets nobody mount one of its own (unshare -rm)");
        }
        using var filler = Process.Start(
            new ProcessStartInfo("unshare", ["-rm", "sh", "-c", $"{script} && exec \"$0\" fill '{mount}'", ApiLoggerProcess.Executable])
            {
                RedirectStandardOutput = true,
            }
        )!;
        var words = (await filler.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Trim().Split(' ');
        await filler.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(5, words.Length);
        Assert.InRange(int.Parse(words[0], System.Globalization.CultureInfo.InvariantCulture), 50, 250);
        Assert.Equal(["3", "20", "same", "0"], words[1..]);
    }
}
