using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Updates;

/// <summary>Updates that are disturbed: there is always a km that runs, and what was begun is gone on with.</summary>
public sealed class UpdateFaultTests : IDisposable
{
    private const int MaxCalls = 60;
    private readonly InstalledKm _km = new();

    public void Dispose() => _km.Dispose();

    [Fact]
    public async Task A_download_that_broke_off_is_gone_on_with()
    {
        var package = _km.Release("1.0.1", 2);
        using var server = new ReleaseServer("1.0.1", package) { CutAt = package.Length / 3 };
        var first = await _km.RunAsync(server.Endpoint, "update");
        Assert.Equal(1, first.Status);
        Assert.Contains("[API_NET_001]", first.Errors, StringComparison.Ordinal);
        Assert.True(_km.IsOriginal);
        Assert.Equal(0, (await _km.RunAsync(server.Endpoint, "update")).Status);
        Assert.Equal([0L, package.Length / 3], server.Downloads);
        Assert.Equal("km 1.0.1", await _km.AskVersionAsync());
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_km.Home.Path, "downloads", "km")));
    }

    [Fact]
    public async Task A_download_that_was_changed_on_the_way_is_begun_anew()
    {
        using var server = new ReleaseServer("1.0.1", _km.Release("1.0.1", 2))
        {
            Change = package =>
            {
                package = [.. package];
                package[2000] ^= 1;
                return package;
            },
        };
        var (status, _, errors) = await _km.RunAsync(server.Endpoint, "update");
        Assert.Equal(1, status);
        Assert.Contains("[PLG_PKG_004]", errors, StringComparison.Ordinal);
        server.Change = package => package;
        Assert.Equal(0, (await _km.RunAsync(server.Endpoint, "update")).Status);
        Assert.Equal([0L, 0L], server.Downloads);
    }

    [Fact]
    public async Task Of_two_updates_at_once_one_is_done()
    {
        var gate = new TaskCompletionSource();
        using var server = new ReleaseServer("1.0.1", _km.Release("1.0.1", 2)) { Gate = gate.Task };
        await using var first = _km.Start(server.Endpoint, "update");
        await Wait.ForAsync(() => !server.Downloads.IsEmpty, () => first.Errors);
        var second = await _km.RunAsync(server.Endpoint, "update");
        Assert.Equal(1, second.Status);
        Assert.Contains("[KM_UPD_003]", second.Errors, StringComparison.Ordinal);
        gate.SetResult();
        Assert.True(await first.FinishAsync() == 0, first.Errors);
        Assert.Equal("km 1.0.1", await _km.AskVersionAsync());
    }

    [Fact]
    public async Task A_running_session_goes_on_with_the_km_that_it_started_with()
    {
        using var server = new ReleaseServer("1.0.1", _km.Release("1.0.1", 2));
        await using var session = _km.Start(server.Endpoint, "monitor", "--no-plugins", "--server", "--", "cat");
        await AssertWorksAsync(session);
        Assert.Equal(0, (await _km.RunAsync(server.Endpoint, "update")).Status);
        await AssertWorksAsync(session);
        Assert.Equal(0, (await _km.RunAsync(server.Endpoint, "update", "--rollback")).Status);
        await AssertWorksAsync(session);
        Assert.Equal(0, await session.FinishAsync());
    }

    [Theory]
    [InlineData("rename")]
    [InlineData("unlink")]
    [InlineData("fsync")]
    [InlineData("fchmod,chmod,fchmodat")]
    [InlineData("mkdir")]
    [InlineData("copy_file_range,sendfile,ftruncate")]
    public async Task A_SIGKILL_at_any_call_of_an_update_leaves_the_old_or_the_new_km(string calls)
    {
        Assert.SkipWhen(!File.Exists("/usr/bin/strace"), "strace is not installed (./test.sh installs it where it can)");
        using var server = new ReleaseServer("1.0.1", _km.Release("1.0.1", 2));
        var old = await ReadAsync();
        var fresh = _km.Program("1.0.1");
        var outcomes = new List<string>();
        for (var count = 1; count <= MaxCalls; count++)
        {
            await File.WriteAllBytesAsync(_km.Path + ".old", old, TestContext.Current.CancellationToken);
            Modes.Set(_km.Path + ".old", Modes.Mine);
            File.Move(_km.Path + ".old", _km.Path, overwrite: true);

            // A directory of km of its own each time: what a killed one left there would add calls to the next.
            using var home = new KmHomeFolder();
            await using (
                var traced = KmProcess.Start(
                    "/usr/bin/strace",
                    ["-f", "-qq", "-o", "/dev/null", "-e", $"inject={calls}:signal=SIGKILL:when={count}", _km.Path, "update"],
                    new Dictionary<string, string>(home.Environment) { ["KM_API_ENDPOINT"] = server.Endpoint },
                    home.Path
                )
            )
            {
                traced.CloseInput();
                if (await traced.ExitAsync() == 0)
                {
                    // It made no such call that many times: all were tried.
                    Assert.Equal(fresh, await ReadAsync());
                    Assert.Empty(_km.Leftovers);
                    TestContext.Current.TestOutputHelper?.WriteLine($"{calls}: {string.Join(' ', outcomes)}");
                    return;
                }
            }

            var left = await ReadAsync();
            var isNew = left.AsSpan().SequenceEqual(fresh);
            Assert.True(isNew || left.AsSpan().SequenceEqual(old), $"{calls} {count}: neither the old program nor the new one");
            outcomes.Add(isNew ? "new" : "old");
            Assert.Equal(isNew ? "km 1.0.1" : "km 1.0.0", await _km.AskVersionAsync());
        }

        Assert.Fail($"more than {MaxCalls} of {calls}");
    }

    private Task<byte[]> ReadAsync() => File.ReadAllBytesAsync(_km.Path, TestContext.Current.CancellationToken);

    private static async Task AssertWorksAsync(KmProcess km)
    {
        var line = $$"""{"jsonrpc":"2.0","method":"notifications/{{Guid.NewGuid():N}}"}""";
        await km.SendAsync(line);
        Assert.Equal(line, await km.ReadLineAsync());
    }
}
