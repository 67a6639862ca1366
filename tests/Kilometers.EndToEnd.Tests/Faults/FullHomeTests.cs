using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Faults;

/// <summary>The disk on which km keeps its files is full: before the host starts, or while it serves.</summary>
public sealed class FullHomeTests : IDisposable
{
    private const int Calls = 50;
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_host_whose_disk_is_full_harms_no_session_and_leaves_nothing_behind(bool isFullBefore)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can mount a small disk");
        var home = Modes.Folder(_workspace.File("home"));
        var isMounted = await Commands.RunAsync("mount", "-t", "tmpfs", "-o", "size=256k,mode=0700", "tmpfs", home) == 0;
        Assert.SkipWhen(!isMounted, "nothing can be mounted here");
        try
        {
            if (isFullBefore)
                Fill(home);
            await using var km = KmProcess.Monitor(
                ["--dev-plugin", Programs.ConsoleLogger],
                Conversation.Server,
                new Dictionary<string, string> { ["KM_HOME"] = home, ["KM_HOST"] = "" }
            );
            if (!isFullBefore)
            {
                await km.SaysAsync("✓ console-logger");
                Fill(home);
            }

            await km.EchoAsync(0, Calls);

            // A plugin that runs goes on; none is started without a record of it in the audit log.
            await km.SaysAsync(isFullBefore ? "[AUD_LOG_001]" : $"tools/call echo ok id={Calls - 1} ");
            await km.EndAsync();
            Processes.WaitForHostsOf(home);
            Assert.Empty(Directory.GetFiles(Path.Combine(home, "run"), "*.sock"));
        }
        finally
        {
            await Commands.RunAsync("umount", "-l", home);
        }
    }

    private static void Fill(string folder)
    {
        using var file = File.Create(Path.Combine(folder, "fill"), bufferSize: 0);
        try
        {
            while (true)
                file.Write(new byte[4096]);
        }
        catch (IOException)
        {
            // Full.
        }
    }
}
