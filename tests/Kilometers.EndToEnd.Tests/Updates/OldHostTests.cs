using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Updates;

/// <summary>Another km takes the place of one whose sessions run: their host starts plugins with the km that it was started by.</summary>
public sealed class OldHostTests : IDisposable
{
    private readonly InstalledKm _km = new();

    public void Dispose() => _km.Dispose();

    [Fact]
    public async Task A_plugin_and_a_host_that_are_killed_after_an_update_come_back_whatever_the_new_km_understands()
    {
        Assert.SkipUnless(Programs.ArePublished, "the build's km is more than one file: it cannot outlive its replacement");
        Assert.Equal(0, (await _km.Home.RunAsync("plugins", "install", _km.Home.ConsoleLogger(), "--yes")).Status);
        await using var session = KmProcess.Start(_km.Path, ["monitor", "--server", "--", .. Conversation.Server], _km.Home.Environment);
        await session.EchoAsync(1);
        await session.SaysAsync("tools/call echo ok id=1 ");
        var host = Assert.Single(Processes.HostsOf(_km.Home.Path));

        // As an update does it; this one understands nothing of what the old one says.
        var next = _km.Home.File("next");
        await File.WriteAllTextAsync(next, "#!/bin/sh\nexit 99\n", TestContext.Current.CancellationToken);
        Modes.Set(next, Modes.Mine);
        File.Move(next, _km.Path, overwrite: true);

        KmProcess.Send(PluginOf(host), PosixSignalNumber.Kill);
        await session.SaysAsync("console-logger v1.0.0 runs again (restart 1)");
        await session.EchoAsync(2);
        await session.SaysAsync("tools/call echo ok id=2 ");

        KmProcess.Send(host, PosixSignalNumber.Kill);
        await Wait.ForAsync(() => Processes.HostsOf(_km.Home.Path).Any(found => found != host), "another host");
        await session.EchoAsync(3);
        await session.SaysAsync("tools/call echo ok id=3 ");
        await session.EndAsync();
    }

    private static int PluginOf(int host) =>
        Processes
            .DescendantsOf(host)
            .Single(id => Path.GetFileName(new FileInfo($"/proc/{id}/exe").LinkTarget) == "km-plugin-console-logger");
}
